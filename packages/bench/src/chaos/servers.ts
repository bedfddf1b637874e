import {
  type Proxy,
  startProxy,
  startRedis,
  startRedisCluster,
  startRedisSentinel,
  type TestRedis,
  type TestRedisCluster,
  type TestRedisSentinel,
} from '@sluice/testkit';

/** Which Redis holds the queues: one server behind a proxy, the same with a clock that can be moved, a Cluster, or a master with a replica. */
export type Surroundings = 'server' | 'clock' | 'cluster' | 'sentinel';

export interface Servers {
  kind: Surroundings;
  /** For the services. */
  url: string;
  /** For who looks on: around the proxy. */
  directUrl: string;
  /** Throw where this is not the kind. */
  server(): { redis: TestRedis; proxy: Proxy };
  cluster(): TestRedisCluster;
  sentinel(): TestRedisSentinel;
  stop(): Promise<void>;
}

export function startServers(kind: Surroundings): Promise<Servers> {
  if (kind === 'cluster') return startCluster();
  if (kind === 'sentinel') return startSentinel();
  return startServer(kind);
}

const other = (kind: Surroundings) => (): never => {
  throw new Error(`this fault is not for a ${kind}`);
};

async function startServer(kind: 'server' | 'clock'): Promise<Servers> {
  const redis = await startRedis({ appendOnly: true, hasClock: kind === 'clock' });
  const proxy = await startProxy(redis.port);
  return {
    kind,
    url: `redis://127.0.0.1:${proxy.port}`,
    directUrl: redis.url,
    server: () => ({ redis, proxy }),
    cluster: other(kind),
    sentinel: other(kind),
    async stop() {
      await proxy.stop();
      await redis.stop();
    },
  };
}

async function startCluster(): Promise<Servers> {
  const cluster = await startRedisCluster();
  const { url, stop } = cluster;
  const kind = 'cluster';
  return { kind, url, directUrl: url, server: other(kind), cluster: () => cluster, sentinel: other(kind), stop };
}

async function startSentinel(): Promise<Servers> {
  const sentinel = await startRedisSentinel();
  const { url, stop } = sentinel;
  const kind = 'sentinel';
  return { kind, url, directUrl: url, server: other(kind), cluster: other(kind), sentinel: () => sentinel, stop };
}
