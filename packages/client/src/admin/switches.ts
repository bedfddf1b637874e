import { type SwitchName, Switches } from '@sluice/contracts';
import type { Asker } from '../ask.ts';

/** Pipelines and providers that can be switched off while the fleet runs, for an operator. */
export interface SwitchMethods {
  /** All that there are, and who has switched off which of them, when and why. */
  list(signal?: AbortSignal): Promise<Switches>;
  /** The fleet follows within a second; jobs that are under way are finished. */
  off(name: SwitchName, reason: string, signal?: AbortSignal): Promise<Switches>;
  on(name: SwitchName, signal?: AbortSignal): Promise<Switches>;
}

const PATH = 'api/admin/switches';

export function switchMethods({ ask }: Asker): SwitchMethods {
  return {
    list: (signal) => ask(Switches, { method: 'GET', path: PATH, signal }),
    off: async (name, reason, signal) =>
      ask(Switches, { method: 'PUT', path: PATH, json: { name, isOn: false, reason }, signal }),
    on: async (name, signal) => ask(Switches, { method: 'PUT', path: PATH, json: { name, isOn: true }, signal }),
  };
}
