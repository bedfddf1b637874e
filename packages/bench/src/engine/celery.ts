import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { type Contender } from './contender.ts';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));

export function hasCelery(): boolean {
  return spawnSync('/usr/bin/python3', ['-c', 'import celery, redis']).status === 0;
}

/** Celery as Debian ships it: prefork workers, one for each core. */
export async function startCelery(redisUrl: string): Promise<Contender> {
  const env = { ...process.env, BENCH_REDIS_URL: redisUrl, PYTHONDONTWRITEBYTECODE: '1' };
  const options = { cwd: FOLDER, env } as const;
  const words = ['-m', 'celery', '-A', 'celery_host', 'worker', '-l', 'info', '-n', 'bench@%h'];
  const worker = spawn('/usr/bin/python3', words, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  await readyLine(worker);
  const driver = spawn('/usr/bin/python3', ['celery_host.py'], { ...options, stdio: ['pipe', 'pipe', 'ignore'] });
  const answers = createInterface({ input: driver.stdout });
  const connection = new Redis(redisUrl);
  const subscriber = new Redis(redisUrl);
  await subscriber.subscribe('celery:done');

  async function submit(count: number): Promise<void> {
    const answer = once(answers, 'line');
    driver.stdin.write(`${count}\n`);
    await answer;
  }

  return {
    pids: () => [worker.pid ?? 0],
    submit,
    ended: async () => Number((await connection.get('celery:ended')) ?? 0),
    one: async () => {
      const ended = once(subscriber, 'message');
      await submit(1);
      await ended;
    },
    stop: async () => {
      driver.kill();
      const gone = once(worker, 'exit');
      worker.kill('SIGTERM');
      await gone;
      connection.disconnect();
      subscriber.disconnect();
    },
  };
}

function readyLine(worker: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    const read = (chunk: Buffer) => {
      if (chunk.toString().includes('ready.')) resolve();
    };
    worker.stdout?.on('data', read);
    worker.stderr?.on('data', read);
    worker.once('exit', (code) => reject(new Error(`celery ended with ${code}`)));
  });
}
