import { Redis, type RedisOptions } from 'ioredis';

export type { Redis } from 'ioredis';

export interface ConnectOptions {
  /** Shown by `CLIENT LIST`. */
  name: string;
  /** A command without an answer fails after this time; where nothing is said it waits until the server is back. */
  answerWithinMs?: number;
  onError?: (error: Error) => void;
}

const RECONNECT_CAP_MS = 1_000;
/** A server that does not close its side by then is left; the timer for it keeps a process alive. */
const FAREWELL_MS = 200;

/** A connection that heals by itself: it reconnects for ever with pauses of at most a second. */
export function connectRedis(url: string, options: ConnectOptions): Redis {
  const settings: RedisOptions = {
    connectionName: options.name,
    maxRetriesPerRequest: null,
    disconnectTimeout: FAREWELL_MS,
    retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 5), RECONNECT_CAP_MS),
    ...(options.answerWithinMs === undefined ? {} : { commandTimeout: options.answerWithinMs }),
  };
  const client = new Redis(url, settings);
  client.on('error', (error: Error) => options.onError?.(error));
  return client;
}

/** Closes politely, or at once where the server does not answer. Safe to call twice. */
export async function closeRedis(client: Redis): Promise<void> {
  if (client.status === 'end') return;
  if (client.status !== 'ready') {
    client.disconnect();
    return;
  }
  try {
    await client.quit();
  } catch {
    client.disconnect();
  }
}
