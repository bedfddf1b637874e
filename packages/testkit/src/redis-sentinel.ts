import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { freePort } from './ports.ts';
import { type RedisProcess, startRedisProcess } from './redis-server.ts';

type Process = Omit<RedisProcess, 'end'>;

export interface TestRedisSentinel {
  /** `redis+sentinel://…/sluice`. */
  url: string;
  /** The two servers; which of them is the master, `master` says. */
  servers: [Process, Process];
  sentinels: Process[];
  /** The master by the word of the Sentinels. */
  master(): Promise<Process>;
  /** Resolves when the Sentinels name another master than this one, and it takes writes. */
  failedOver(from: Process): Promise<Process>;
  /** Stops all and removes their folders. */
  stop(): Promise<void>;
}

const NAME = 'sluice';
const SENTINELS = 3;
const QUORUM = 2;
/** A master that is silent for so long is taken for dead. */
const DOWN_AFTER_MS = 2_000;
const PATIENCE_MS = 30_000;

/** A master and its replica, with append-only files, watched by three Sentinels, all on free loopback ports. */
export async function startRedisSentinel(): Promise<TestRedisSentinel> {
  const root = await mkdtemp(join(tmpdir(), 'sluice-sentinel-'));
  const first = await startServer(root);
  const second = await startServer(root, ['--replicaof', '127.0.0.1', String(first.port)]);
  const servers: [RedisProcess, RedisProcess] = [first, second];
  await eventually(async () => /master_link_status:up/.test(String(await second.command('info', 'replication'))));
  const sentinels: RedisProcess[] = [];
  for (let at = 0; at < SENTINELS; at += 1) sentinels.push(await startSentinel(root, first.port));
  await eventually(async () => {
    const states = await Promise.all(sentinels.map((one) => one.command('sentinel', 'master', NAME)));
    return states.every((state) => knows(state as string[]));
  }, PATIENCE_MS);

  async function master(): Promise<RedisProcess> {
    const answers = await Promise.all(sentinels.map((one) => one.command('sentinel', 'get-master-addr-by-name', NAME)));
    const [[, port] = []] = answers as [string, string][];
    const found = servers.find((server) => server.port === Number(port));
    if (found === undefined) throw new Error(`the Sentinels name a stranger on port ${port}`);
    return found;
  }

  return {
    url: `redis+sentinel://${sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',')}/${NAME}`,
    servers,
    sentinels,
    master,
    failedOver: (from) =>
      eventually(async () => {
        const now = await master();
        if (now.port === from.port) throw new Error('the Sentinels still name the old master');
        const [role] = (await now.command('role')) as [string];
        if (role !== 'master') throw new Error(`the new master is still a ${role}`);
        return now;
      }, PATIENCE_MS),
    async stop() {
      await Promise.all(sentinels.map((one) => one.end()));
      await Promise.all(servers.map((one) => one.end()));
      await rm(root, { recursive: true, force: true });
    },
  };
}

async function startServer(root: string, more: string[] = []): Promise<RedisProcess> {
  const dir = await mkdtemp(join(root, 'server-'));
  return startRedisProcess(await freePort(), ['--dir', dir, '--save', '', '--appendonly', 'yes', ...more]);
}

/** A Sentinel writes what it learns into its settings, so each has a file of its own. */
async function startSentinel(root: string, masterPort: number): Promise<RedisProcess> {
  const dir = await mkdtemp(join(root, 'sentinel-'));
  const file = join(dir, 'sentinel.conf');
  const lines = [
    `sentinel monitor ${NAME} 127.0.0.1 ${masterPort} ${QUORUM}`,
    `sentinel down-after-milliseconds ${NAME} ${DOWN_AFTER_MS}`,
    `sentinel failover-timeout ${NAME} 6000`,
  ];
  await writeFile(file, `${lines.join('\n')}\n`);
  return startRedisProcess(await freePort(), [file, '--sentinel', '--dir', dir]);
}

/** Whether a Sentinel knows the replica and the other Sentinels, in its flat list of names and values. */
function knows(state: string[]): boolean {
  const value = (name: string) => Number(state[state.indexOf(name) + 1]);
  return value('num-slaves') === 1 && value('num-other-sentinels') === SENTINELS - 1;
}
