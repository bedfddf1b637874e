import { type PipelineName, SluiceError, SWITCHES, switchKindOf } from '@sluice/contracts';
import type { Settings } from '@sluice/fleet/settings';
import { switchedOff } from '../metrics.ts';

/** Nobody knows when the operator switches it on again: whoever comes again does so at this pace. */
const COME_AGAIN_MS = 60_000;

interface RequireOnConfig {
  settings: Pick<Settings, 'switchedOff'>;
  now?: () => number;
}

export type RequireOn = ReturnType<typeof createRequireOn>;

/** Throws `pipeline-off` (503) where the operator has switched the pipeline off. */
export function createRequireOn({ settings, now = Date.now }: RequireOnConfig) {
  return async (pipeline: PipelineName): Promise<void> => {
    const off: ReadonlyMap<string, unknown> = await settings.switchedOff();
    if (!off.has(pipeline)) return;
    const message = `The operator has switched ${pipeline} off for now. What was submitted before is finished.`;
    const retryAtMs = now() + COME_AGAIN_MS;
    throw new SluiceError('pipeline-off', message, { httpStatus: 503, disposition: 'retry-at', retryAtMs });
  };
}

interface ShowConfig {
  settings: Pick<Settings, 'switchedOff' | 'onChange'>;
  onError: (error: unknown) => void;
}

/** Keeps the gauge of what is switched off as this gateway knows it, which hears of every change. */
export function showSwitches({ settings, onError }: ShowConfig): void {
  async function show(): Promise<void> {
    const off = await settings.switchedOff();
    for (const name of SWITCHES) switchedOff.set({ kind: switchKindOf(name), name }, off.has(name) ? 1 : 0);
  }
  settings.onChange(({ kind }) => {
    if (kind === 'switches' || kind === 'any') show().catch(onError);
  });
}
