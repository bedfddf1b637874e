import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { freePort } from './ports.ts';
import { type Proxy, startProxy } from './proxy.ts';
import { startServer, type TestRedisServer } from './redis.ts';

export interface TestRedisCluster {
  /** `redis+cluster://…`, naming every node. */
  url: string;
  /** Each holds a third of the slots. */
  masters: TestRedisServer[];
  /** In front of each master, where asked for: clients know the masters by these alone. */
  proxies: Proxy[];
  /** Stops all and removes their folders. */
  stop(): Promise<void>;
}

interface Options {
  /** A proxy before each master. */
  isProxied?: boolean;
  /** Their clocks can be moved: by Debian's libfaketime. */
  hasClock?: boolean;
}

const MASTERS = 3;
const SLOTS = 16_384;

/** A real Redis Cluster of three masters without replicas, with append-only files, on free loopback ports. */
export async function startRedisCluster(options: Options = {}): Promise<TestRedisCluster> {
  const root = await mkdtemp(join(tmpdir(), 'sluice-cluster-'));
  const nodes = await Promise.all(
    Array.from({ length: MASTERS }, (_, at) => startNode(join(root, `node-${at}-`), options)),
  );
  const masters = nodes.map(({ server }) => server);
  await Promise.all(
    masters.map((node, at) => {
      const [first, next] = [at, at + 1].map((share) => Math.floor((share * SLOTS) / MASTERS));
      return node.command('cluster', 'addslotsrange', first ?? 0, (next ?? SLOTS) - 1);
    }),
  );
  for (const { server, busPort } of nodes.slice(1)) {
    await masters[0]?.command('cluster', 'meet', '127.0.0.1', server.port, busPort);
  }
  await eventually(async () => {
    const infos = await Promise.all(masters.map((node) => node.command('cluster', 'info')));
    return infos.every((info) => /cluster_state:ok[\s\S]*cluster_known_nodes:3/.test(String(info)));
  });
  const proxies = nodes.flatMap(({ proxy }) => proxy ?? []);
  return {
    url: `redis+cluster://${nodes.map(({ server, proxy }) => `127.0.0.1:${(proxy ?? server).port}`).join(',')}`,
    masters,
    proxies,
    async stop() {
      await Promise.all(proxies.map((proxy) => proxy.stop()));
      await Promise.all(masters.map((node) => node.end()));
      await rm(root, { recursive: true, force: true });
    },
  };
}

async function startNode(prefix: string, { isProxied = false, hasClock = false }: Options) {
  const [dir, port, busPort] = await Promise.all([mkdtemp(prefix), freePort(), freePort()]);
  const proxy = isProxied ? await startProxy(port) : null;
  const announced = proxy === null ? [] : ['--cluster-announce-port', String(proxy.port)];
  const cluster = ['--cluster-enabled', 'yes', '--cluster-port', String(busPort), '--cluster-node-timeout', '2000'];
  const server = await startServer(dir, port, { appendOnly: true, hasClock }, [...cluster, ...announced]);
  return { server, proxy, busPort };
}
