import {
  type Proxy,
  startProxy,
  startRedis,
  startRedisCluster,
  startRedisSentinel,
  type TestRedisSentinel,
  type TestRedisServer,
} from '@sluice/testkit';

/** Which Redis holds the queues: one server, a Cluster of three masters, or a master with a replica that Sentinels watch. */
export type Place = 'server' | 'cluster' | 'sentinel';
/** A place, with clocks that can be moved where a fault moves them: such servers are slower. */
export type Surroundings = Place | 'server+clock' | 'cluster+clock';

/** A server that holds data, and the way to it. */
export interface Master {
  redis: TestRedisServer;
  proxy: Proxy;
}

export interface Servers {
  kind: Surroundings;
  /** For the services: the way through the proxies, where there are any. */
  url: string;
  /** For who looks on: around the proxy of a single server. */
  directUrl: string;
  /** Those of a single server and of a Cluster; the faults of one server strike the first. */
  masters: [Master, ...Master[]] | [];
  /** Throws where there are none. */
  sentinel(): TestRedisSentinel;
  stop(): Promise<void>;
}

export function placeOf(kind: Surroundings): Place {
  return kind.split('+')[0] as Place;
}

export function startServers(kind: Surroundings): Promise<Servers> {
  const hasClock = kind.endsWith('+clock');
  const start = { server: startServer, cluster: startCluster, sentinel: startSentinel }[placeOf(kind)];
  return start(kind, hasClock);
}

function noSentinel(): never {
  throw new Error('this fault needs Sentinels');
}

async function startServer(kind: Surroundings, hasClock: boolean): Promise<Servers> {
  const redis = await startRedis({ appendOnly: true, hasClock });
  const proxy = await startProxy(redis.port);
  return {
    kind,
    url: `redis://127.0.0.1:${proxy.port}`,
    directUrl: redis.url,
    masters: [{ redis, proxy }],
    sentinel: noSentinel,
    async stop() {
      await proxy.stop();
      await redis.stop();
    },
  };
}

async function startCluster(kind: Surroundings, hasClock: boolean): Promise<Servers> {
  const { url, masters, proxies, stop } = await startRedisCluster({ isProxied: true, hasClock });
  const both = masters.flatMap((redis, at) => {
    const proxy = proxies[at];
    return proxy === undefined ? [] : [{ redis, proxy }];
  });
  return { kind, url, directUrl: url, masters: both as [Master, ...Master[]], sentinel: noSentinel, stop };
}

async function startSentinel(kind: Surroundings): Promise<Servers> {
  const sentinel = await startRedisSentinel();
  const { url, stop } = sentinel;
  return { kind, url, directUrl: url, masters: [], sentinel: () => sentinel, stop };
}
