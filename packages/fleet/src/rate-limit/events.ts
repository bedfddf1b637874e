import { z } from 'zod';
import type { Redis } from '../redis/index.ts';
import { EVENTS_CHANNEL } from './keys.ts';

const base = { v: z.literal(1), quota: z.string(), atMs: z.number() };

/**
 * What is told on the channel `quota:events` as JSON; `atMs` is Redis time. `near`: 80 % of a window are used; `exhausted`: all of it. Each at most once a length
 * of the window. `window` is the id of the rule: `sliding:<ms>`, `burst:<ms>` or `calendar:<period>:<zone>`.
 */
export const QuotaEvent = z.discriminatedUnion('kind', [
  z.object({ ...base, kind: z.enum(['near', 'exhausted']), window: z.string(), used: z.number(), limit: z.number() }),
  z.object({ ...base, kind: z.literal('breaker'), state: z.enum(['open', 'closed']) }),
]);
export type QuotaEvent = z.infer<typeof QuotaEvent>;

/** Hears the events of all quotas until it is stopped. They are told once: what happens while the connection is away is not heard. */
export async function listenToQuotas(
  redis: Redis,
  onEvent: (event: QuotaEvent) => void,
  onError: (error: unknown) => void,
): Promise<{ stop(): void }> {
  const subscriber = redis.duplicate();
  subscriber.on('error', onError);
  subscriber.on('message', (_channel: string, text: string) => {
    try {
      onEvent(QuotaEvent.parse(JSON.parse(text)));
    } catch (error) {
      onError(error);
    }
  });
  await subscriber.subscribe(EVENTS_CHANNEL);
  return { stop: () => subscriber.disconnect() };
}
