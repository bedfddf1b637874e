import { z } from 'zod';
import type { Redis } from '../redis/index.ts';
import { NOTICES_CHANNEL } from './keys.ts';
import { cacheErrors } from './metrics.ts';
import { within } from './server.ts';

const BEAT_MS = 1_000;
/** A subscription that does not answer for so long is made anew: a connection can be cut without a word. */
const SILENCE_MS = 2_000;

const What = z.union([
  z.object({ namespace: z.string(), key: z.string() }),
  z.object({ namespace: z.string(), tag: z.string() }),
  z.object({ namespace: z.string() }),
]);
/** What was forgotten: one answer, those with a tag, or the whole namespace. */
export type Forgotten = z.infer<typeof What>;

export interface Clock {
  epoch: string;
  n: number;
}

export interface NoticesConfig {
  redis: Redis;
  onNotice: (what: Forgotten, clock: Clock) => void;
  /** After every subscription, before memory is trusted again: drops what may have been forgotten unheard. */
  verify: () => Promise<void>;
}

/** The subscription to what other processes forget. It heals by itself, and knows when it last heard its server. */
export function listen({ redis, onNotice, verify }: NoticesConfig) {
  const subscriber = redis.duplicate({
    commandTimeout: undefined,
    maxRetriesPerRequest: null,
    autoResubscribe: false,
    enableOfflineQueue: false,
  });
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  let heardAtMs = performance.now();
  let isUp = false;

  async function subscribe(): Promise<void> {
    try {
      await subscriber.subscribe(NOTICES_CHANNEL);
      await verify();
      heardAtMs = performance.now();
      isUp = true;
      open();
    } catch {
      // The connection ended meanwhile, or the server is too slow: begun anew.
      if (subscriber.status === 'ready') subscriber.disconnect(true);
    }
  }

  async function beat(): Promise<void> {
    if (!isUp) return;
    try {
      await within(SILENCE_MS, subscriber.ping());
      if (isUp) heardAtMs = performance.now();
    } catch {
      if (subscriber.status === 'ready') subscriber.disconnect(true);
    }
  }

  subscriber.on('error', () => undefined);
  subscriber.on('ready', () => void subscribe());
  subscriber.on('close', () => {
    isUp = false;
  });
  subscriber.on('message', (_channel: string, text: string) => {
    const notice = parse(text);
    if (notice !== undefined) onNotice(notice.what, notice.clock);
  });
  const timer = setInterval(() => void beat(), BEAT_MS);
  timer.unref();

  return {
    /** Resolves when the first subscription stands. */
    opened,
    /** Monotonic ms of the last sign of life; until then nothing was forgotten unheard. */
    heardAtMs: (): number => heardAtMs,
    isUp: (): boolean => isUp,
    stop(): void {
      clearInterval(timer);
      isUp = false;
      subscriber.disconnect();
    },
  };
}

/** `epoch n json`; nothing where the text is none of ours. */
function parse(text: string): { what: Forgotten; clock: Clock } | undefined {
  const [, epoch, n, json] = /^(\S+) (\d+) (.*)$/.exec(text) ?? [];
  try {
    return { what: What.parse(JSON.parse(json ?? '')), clock: { epoch: epoch ?? '', n: Number(n) } };
  } catch {
    cacheErrors.inc({ operation: 'malformed' });
    return undefined;
  }
}
