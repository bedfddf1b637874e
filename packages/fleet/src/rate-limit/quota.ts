import { SluiceError } from '@sluice/contracts';
import { z } from 'zod';

const MONTH_SECONDS = 31 * 24 * 60 * 60;

const seconds = z.number().positive('is not above 0').max(MONTH_SECONDS, 'is longer than 31 days');

/** Any stretch of this length holds at most `limit` units. Each counted unit takes about 100 bytes of Redis. */
const SlidingWindow = z.strictObject({
  kind: z.literal('sliding'),
  seconds,
  limit: z.int('is not a whole number').min(1, 'is below 1').max(1_000_000, 'is above 1,000,000'),
});

export const QuotaWindow = z.discriminatedUnion('kind', [SlidingWindow], { error: 'is no known kind of window' });
export type QuotaWindow = z.infer<typeof QuotaWindow>;

/** What one provider key may be asked. A call must fit into all windows. */
export const Quota = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, 'is not a quota name (a-z, 0-9, dot, dash, underscore)'),
  windows: z
    .array(QuotaWindow)
    .min(1, 'has no window')
    .max(8, 'has more than 8 windows')
    .refine((windows) => areDistinct(windows.map((window) => `${window.kind} ${window.seconds}`)), {
      error: 'has two windows of one length',
    }),
  /** How long a refusal without `Retry-After` closes the quota; 60 s where nothing is said. */
  cooldownSeconds: seconds.default(60),
  /** How long after its time limit a call may still reach the provider. */
  marginMs: z.int('is not a whole number').min(0, 'is below 0').max(60_000, 'is above 60,000'),
});
export type Quota = z.infer<typeof Quota>;
export type QuotaInput = z.input<typeof Quota>;

const Quotas = z.array(Quota).refine((quotas) => areDistinct(quotas.map((quota) => quota.name)), {
  error: 'two quotas have one name',
});

/** Checks a configuration. Throws `bad-quotas` naming every fault at once. */
export function parseQuotas(input: unknown): Quota[] {
  const parsed = Quotas.safeParse(input);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `  ${[...issue.path, issue.message].join(' ')}`);
  throw new SluiceError('bad-quotas', `These quotas are wrong:\n${faults.join('\n')}`);
}

function areDistinct(names: string[]): boolean {
  return new Set(names).size === names.length;
}
