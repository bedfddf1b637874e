import { z } from 'zod';
import { SCAN_PIPELINES } from './pipelines.ts';
import { Provider, PROVIDERS } from './providers.ts';

/** What an operator may switch off while the fleet runs: a pipeline that people submit to, or a provider. No name is both. */
export const SWITCHES = [...SCAN_PIPELINES, ...PROVIDERS] as const;
export const SwitchName = z.enum(SWITCHES);
export type SwitchName = z.infer<typeof SwitchName>;

/** Who switched it off, when and why. */
export const SwitchedOff = z.object({
  /** For the operators: it is not told to those who submit. */
  reason: z.string().min(1).max(200),
  /** Epoch ms. */
  sinceMs: z.number(),
  /** The key's id. */
  by: z.string(),
});
export type SwitchedOff = z.infer<typeof SwitchedOff>;

export const Switch = z.object({
  kind: z.enum(['pipeline', 'provider']),
  name: SwitchName,
  /** Null: it is on. */
  off: SwitchedOff.nullable(),
});
export type Switch = z.infer<typeof Switch>;

/** `GET /api/admin/switches`: all that there are. */
export const Switches = z.object({ v: z.literal(1), switches: z.array(Switch) });
export type Switches = z.infer<typeof Switches>;

/** `PUT /api/admin/switches`: turns one. Switched off again, the newer reason stands. */
export const SwitchUpdate = z.discriminatedUnion('isOn', [
  z.strictObject({ name: SwitchName, isOn: z.literal(true) }),
  z.strictObject({ name: SwitchName, isOn: z.literal(false), reason: SwitchedOff.shape.reason }),
]);
export type SwitchUpdate = z.infer<typeof SwitchUpdate>;

export function switchKindOf(name: SwitchName): Switch['kind'] {
  return Provider.safeParse(name).success ? 'provider' : 'pipeline';
}
