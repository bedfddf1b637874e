import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { freePort } from './ports.ts';
import { type RedisProcess, startRedisProcess } from './redis-server.ts';

export interface TestRedisCluster {
  /** `redis+cluster://…`, naming every node. */
  url: string;
  /** Each holds a third of the slots. */
  masters: Omit<RedisProcess, 'end'>[];
  /** Stops all and removes their folders. */
  stop(): Promise<void>;
}

const MASTERS = 3;
const SLOTS = 16_384;

/** A real Redis Cluster of three masters without replicas, with append-only files, on free loopback ports. */
export async function startRedisCluster(): Promise<TestRedisCluster> {
  const root = await mkdtemp(join(tmpdir(), 'sluice-cluster-'));
  const nodes = await Promise.all(Array.from({ length: MASTERS }, (_, at) => startNode(join(root, `node-${at}`))));
  const masters = nodes.map(({ process }) => process);
  await Promise.all(
    masters.map((node, at) => {
      const [first, next] = [at, at + 1].map((share) => Math.floor((share * SLOTS) / MASTERS));
      return node.command('cluster', 'addslotsrange', first ?? 0, (next ?? SLOTS) - 1);
    }),
  );
  for (const { process, busPort } of nodes.slice(1)) {
    await masters[0]?.command('cluster', 'meet', '127.0.0.1', process.port, busPort);
  }
  await eventually(async () => {
    const infos = await Promise.all(masters.map((node) => node.command('cluster', 'info')));
    return infos.every((info) => /cluster_state:ok[\s\S]*cluster_known_nodes:3/.test(String(info)));
  });
  return {
    url: `redis+cluster://${masters.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
    masters,
    async stop() {
      await Promise.all(masters.map((node) => node.end()));
      await rm(root, { recursive: true, force: true });
    },
  };
}

async function startNode(prefix: string): Promise<{ process: RedisProcess; busPort: number }> {
  const dir = await mkdtemp(`${prefix}-`);
  const busPort = await freePort();
  const cluster = ['--cluster-enabled', 'yes', '--cluster-port', String(busPort), '--cluster-node-timeout', '2000'];
  const persistence = ['--dir', dir, '--save', '', '--appendonly', 'yes'];
  return { process: await startRedisProcess(await freePort(), [...cluster, ...persistence]), busPort };
}
