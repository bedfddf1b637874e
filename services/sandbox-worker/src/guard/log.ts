import { z } from 'zod';

const TEXT_CHARS = 255;

/** Why an address was allowed (`public`, `allow-listed`) or refused (its class, `dns`: the name has no address). */
const decisionWhySchema = z.enum([
  'public',
  'allow-listed',
  'private',
  'loopback',
  'link-local',
  'metadata',
  'multicast',
  'reserved',
  'dns',
]);

/** One decision of the guard. `address` is null when the name had none. `host` is cut at 255 characters. */
export const decisionSchema = z.object({
  host: z.string().max(TEXT_CHARS),
  address: z.string().nullable(),
  port: z.int(),
  allowed: z.boolean(),
  why: decisionWhySchema,
});
export type Decision = z.infer<typeof decisionSchema>;

export type GuardLog = {
  /** False when the log is full: the caller must then refuse, so that nothing is connected to that the log does not show. */
  record(decision: Decision): boolean;
  decisions(): Decision[];
};

/** The decisions of one visit, in order, at most `limit` of them. */
export function createGuardLog(limit = 1000): GuardLog {
  const kept: Decision[] = [];
  return {
    record(decision) {
      if (kept.length >= limit) return false;
      kept.push({ ...decision, host: decision.host.slice(0, TEXT_CHARS) });
      return true;
    },
    decisions: () => [...kept],
  };
}
