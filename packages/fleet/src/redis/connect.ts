import { setTimeout as wait } from 'node:timers/promises';
import { Cluster, Redis as Server, type RedisOptions } from 'ioredis';
import { parseRedisAddress, type RedisAddress } from './address.ts';
import { connectCluster } from './cluster.ts';
import { Follower } from './follower.ts';

/**
 * A connection to Redis: to one server, to the master that Sentinels name, or to a Cluster. A Cluster has the same commands, but `duplicate` takes no options of
 * a server; one command or script may touch one slot only; and `scan`, `info` and the like speak to one node: see {@link mastersOf}.
 */
export type Redis = Server;

export interface ConnectOptions {
  /** Shown by `CLIENT LIST`. */
  name: string;
  /** A command without an answer fails after this time; where nothing is said it waits until the server is back. */
  answerWithinMs?: number;
  onError?: (error: Error) => void;
}

const RECONNECT_CAP_MS = 1_000;
/** A server that does not close its side by then is left; the timer for it keeps a process alive. */
const DISCONNECT_MS = 200;
/** What was sent before is answered before the farewell is. */
const FAREWELL_MS = 1_000;
/** A Sentinel that says nothing for so long is not waited for: the next one is asked. */
const SENTINEL_PATIENCE_MS = 2_000;
/** A Cluster's map is read again so often, so that nodes that come back are found without an error first. */
const MAP_AGE_MS = 2_000;

const pauseMs = (attempt: number): number => Math.min(50 * 2 ** Math.min(attempt, 5), RECONNECT_CAP_MS);

/**
 * A connection that heals by itself: it reconnects for ever with pauses of at most a second, follows a fail-over of Sentinel, and the map of a Cluster. The
 * forms of `url` are those of {@link parseRedisAddress}, which throws `bad-redis-url`.
 */
export function connectRedis(url: string, options: ConnectOptions): Redis {
  const address = parseRedisAddress(url);
  const settings: RedisOptions = {
    connectionName: options.name,
    maxRetriesPerRequest: null,
    disconnectTimeout: DISCONNECT_MS,
    ...(options.answerWithinMs === undefined ? {} : { commandTimeout: options.answerWithinMs }),
  };
  const client = open(address, settings, options.answerWithinMs);
  client.on('error', (error: Error) => options.onError?.(error));
  return client;
}

function open(address: RedisAddress, settings: RedisOptions, answerWithinMs?: number): Redis {
  if (address.kind === 'server') return new Server(address.url, { ...settings, retryStrategy: pauseMs });
  const { username, password, isTls } = address;
  const login = {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(isTls ? { tls: {} } : {}),
  };
  if (address.kind === 'sentinel') {
    const follower = new Follower({
      ...settings,
      ...login,
      retryStrategy: pauseMs,
      sentinels: address.sentinels,
      name: address.master,
      ...(address.sentinelPassword === undefined ? {} : { sentinelPassword: address.sentinelPassword }),
      ...(isTls ? { enableTLSForSentinelMode: true, sentinelTLS: {} } : {}),
      sentinelRetryStrategy: pauseMs,
      sentinelReconnectStrategy: pauseMs,
      sentinelCommandTimeout: SENTINEL_PATIENCE_MS,
      // A master that hangs closes no connection: the Sentinels' word ends it.
      failoverDetector: true,
    });
    follower.connect().catch(() => undefined);
    return follower;
  }
  const cluster = connectCluster(
    address.nodes,
    {
      slotsRefreshInterval: MAP_AGE_MS,
      redisOptions: { ...settings, ...login },
    },
    answerWithinMs,
  );
  return cluster as unknown as Redis;
}

/** The servers that hold data: a connection to each master of a Cluster, or the one that there is. */
export function mastersOf(client: Redis): Redis[] {
  const other: unknown = client;
  return other instanceof Cluster ? other.nodes('master') : [client];
}

/** Whether keys lie on several servers, each with a clock of its own. */
export function isCluster(client: Redis): boolean {
  return (client as unknown) instanceof Cluster;
}

/** Closes politely, or at once where the server does not answer. Safe to call twice. */
export async function closeRedis(client: Redis): Promise<void> {
  if (client.status === 'end') return;
  if (client.status === 'ready') {
    const farewell = client.quit().catch(() => undefined);
    await Promise.race([farewell, wait(FAREWELL_MS, undefined, { ref: false })]);
  }
  // After the farewell as well: a client of Sentinels goes on listening to them until it is told to end.
  client.disconnect();
}
