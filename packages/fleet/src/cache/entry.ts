import { ErrorInfo } from '@sluice/contracts';
import { z } from 'zod';

/** What both tiers hold. It crosses processes: within a version only optional additions. */
export const Entry = z.object({
  v: z.literal(1),
  /** Null: the provider does not know the resource. */
  value: z.json(),
  /** Epoch ms; later the entry is stale. */
  freshUntilMs: z.number(),
  /** Epoch ms; later the entry is none. */
  staleUntilMs: z.number().optional(),
  /** What asking for it took: what every hit saves. */
  askedMs: z.number().optional(),
  /** Where the clock of the namespace stood when it was asked for. */
  askedAt: z.object({ epoch: z.string(), n: z.number() }).optional(),
});
export type Entry = z.infer<typeof Entry>;

/** How a call in flight ended, for those who waited for it. `stored`: the answer is large and lies in the cache only. */
export const Outcome = z.discriminatedUnion('kind', [
  z.object({ v: z.literal(1), kind: z.literal('answered'), entry: Entry }),
  z.object({ v: z.literal(1), kind: z.literal('stored') }),
  z.object({ v: z.literal(1), kind: z.literal('failed'), error: ErrorInfo }),
]);
export type Outcome = z.infer<typeof Outcome>;
