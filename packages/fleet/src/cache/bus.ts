import type { BusDriver, CreateBusDriverResult } from 'bentocache/types';
import { z } from 'zod';
import type { Redis } from '../redis/index.ts';
import { cacheErrors } from './metrics.ts';
import { within } from './redis-tier.ts';

const Message = z.object({ busId: z.string(), payload: z.json() });
/** Notices that could not be sent are sent again; older ones than this many are dropped. */
const NOTICES_KEPT = 10_000;

type Handler = (payload: never) => unknown;

/**
 * Tells the other processes which copies in memory are out of date. Not bentocache's own bus driver: that one's
 * subscription gives up for ever, as an unhandled rejection, when the server is away at start, and its `publish` and
 * `disconnect` wait for a server that is away.
 */
export function invalidationBus(redis: Redis, timeoutMs: number): CreateBusDriverResult {
  return {
    options: { retryQueue: { enabled: true, maxSize: NOTICES_KEPT } },
    factory: () => createTransport(redis, timeoutMs),
  };
}

function createTransport(redis: Redis, timeoutMs: number): BusDriver {
  const subscriber = redis.duplicate({ commandTimeout: undefined, maxRetriesPerRequest: null });
  const handlers = new Map<string, Handler>();
  let busId = '';
  subscriber.on('error', () => undefined);
  subscriber.on('message', (channel: string, text: string) => {
    const message = decode(text);
    if (message !== undefined && message.busId !== busId) handlers.get(channel)?.(message.payload as never);
  });

  const transport: BusDriver = {
    setId(id) {
      busId = id;
      return transport;
    },
    onReconnect: (callback) => void subscriber.on('ready', callback),
    async publish(channel, payload) {
      try {
        await within(timeoutMs, redis.publish(channel, JSON.stringify({ busId, payload })));
      } catch (error) {
        cacheErrors.inc({ operation: 'notify' });
        throw error;
      }
    },
    async subscribe(channel, handler) {
      handlers.set(channel, handler);
      // Ends with an error only when the cache is stopped before the server was ever there.
      await subscriber.subscribe(channel).catch(() => undefined);
    },
    async unsubscribe(channel) {
      handlers.delete(channel);
      await subscriber.unsubscribe(channel);
    },
    disconnect: async () => subscriber.disconnect(),
  };
  return transport;
}

/** Nothing where the text is none of ours. */
function decode(text: string): z.infer<typeof Message> | undefined {
  try {
    return Message.parse(JSON.parse(text));
  } catch {
    cacheErrors.inc({ operation: 'malformed' });
    return undefined;
  }
}
