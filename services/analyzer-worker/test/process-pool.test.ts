import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from '@jest/globals';
import { eventually } from '@sluice/testkit';
import type { ProcessPool } from '../src/mail/process-pool.ts';
import { createProcessPool } from '../src/mail/process-pool.ts';
import { isGone } from './process-gone.ts';

const pools: ProcessPool[] = [];
const signal = new AbortController().signal;

function poolOf(timeLimitMs: number, processes = 1): ProcessPool {
  const file = new URL('./workloads.ts', import.meta.url);
  const pool = createProcessPool({ file, processes, timeLimitMs, memoryMb: 64 });
  pools.push(pool);
  return pool;
}

async function idOf(pool: ProcessPool): Promise<number> {
  const result = await pool.run<number>('processId', null, signal);
  return result.status === 'done' ? result.value : 0;
}

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.stop()));
});

describe('process pool', () => {
  test('a task gets its input, bytes too, and gives back its result', async () => {
    const input = { a: [1, 'b'], bytes: new Uint8Array([1, 2, 3]) };
    expect(await poolOf(20_000).run('echo', input, signal)).toEqual({ status: 'done', value: input });
  });

  test('tasks run beside each other and share the processes one after the other', async () => {
    const pool = poolOf(20_000, 2);
    const results = await Promise.all(Array.from({ length: 50 }, (_, index) => pool.run('echo', index, signal)));
    expect(results).toEqual(Array.from({ length: 50 }, (_, index) => ({ status: 'done', value: index })));
  });

  test('a task that never yields ends at the time limit, its process is gone, and the next task runs', async () => {
    const pool = poolOf(2_000);
    const id = await idOf(pool);
    const startMs = performance.now();
    expect(await pool.run('spin', null, signal)).toEqual({ status: 'out-of-time' });
    expect(performance.now() - startMs).toBeLessThan(10_000);
    expect(isGone(id)).toBe(true);
    expect(await pool.run('echo', 'alive', signal)).toEqual({ status: 'done', value: 'alive' });
  });

  test('a promise that a library forgets does not end the process', async () => {
    const pool = poolOf(20_000);
    expect(await pool.run('forget', null, signal)).toEqual({ status: 'done', value: 'alive' });
  });

  test.each(['hoardObjects', 'hoardStrings', 'hoardTables'])(
    'a task that exhausts the memory (%s) ends alone, again and again, and the next task runs',
    async (task) => {
      const pool = poolOf(50_000);
      for (let round = 0; round < 3; round += 1) {
        expect(await pool.run(task, null, signal)).toEqual({ status: 'out-of-memory' });
      }
      expect(await pool.run('echo', 'alive', signal)).toEqual({ status: 'done', value: 'alive' });
    },
  );

  test('an abort takes the process away and rejects with the reason of the signal', async () => {
    const pool = poolOf(50_000);
    const id = await idOf(pool);
    const controller = new AbortController();
    const reason = new Error('cancelled by the user');
    const running = expect(pool.run('spin', null, controller.signal)).rejects.toBe(reason);
    await new Promise((resolve) => setImmediate(resolve));
    controller.abort(reason);
    await running;
    expect(isGone(id)).toBe(true);
    expect(await pool.run('echo', 'alive', signal)).toEqual({ status: 'done', value: 'alive' });
  });

  test('an abort in the same breath as the asking rejects at once', async () => {
    const controller = new AbortController();
    const running = poolOf(50_000).run('spin', null, controller.signal);
    const startMs = performance.now();
    controller.abort(new Error('too late'));
    await expect(running).rejects.toThrow('too late');
    expect(performance.now() - startMs).toBeLessThan(5_000);
  });

  test('an abort while waiting for a turn rejects with the reason and leaves the queue', async () => {
    const pool = poolOf(50_000);
    const blocker = new AbortController();
    const controller = new AbortController();
    const reason = new Error('cancelled while waiting');
    const blocking = expect(pool.run('spin', null, blocker.signal)).rejects.toThrow('make room');
    const waiting = pool.run('echo', 'never', controller.signal);
    const later = pool.run('echo', 'later', signal);
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    blocker.abort(new Error('make room'));
    await blocking;
    expect(await later).toEqual({ status: 'done', value: 'later' });
  });

  test('waiting for a turn does not count against the time limit', async () => {
    const pool = poolOf(2_000);
    const tasks = ['spin', 'spin', 'echo'].map((task) => pool.run(task, null, signal));
    expect((await Promise.all(tasks)).map((result) => result.status)).toEqual(['out-of-time', 'out-of-time', 'done']);
  });

  test('an error of the task rejects with its message', async () => {
    await expect(poolOf(20_000).run('fail', null, signal)).rejects.toThrow('the task itself failed');
  });

  test.each(['failLater', 'leave'])(
    'a task that ends its process (%s) rejects, and the next task runs',
    async (task) => {
      const pool = poolOf(20_000);
      await expect(pool.run(task, null, signal)).rejects.toThrow('The reading process ended');
      expect(await pool.run('echo', 'alive', signal)).toEqual({ status: 'done', value: 'alive' });
    },
  );

  test('a task sees no environment and cannot write files', async () => {
    expect(await poolOf(20_000).run('isConfined', null, signal)).toEqual({ status: 'done', value: true });
  });

  test('stop ends running tasks, may be called again, and refuses new ones', async () => {
    const pool = poolOf(50_000);
    const id = await idOf(pool);
    const failed = expect(pool.run('spin', null, signal)).rejects.toThrow();
    await Promise.all([pool.stop(), pool.stop()]);
    await failed;
    expect(isGone(id)).toBe(true);
    await expect(pool.run('echo', null, signal)).rejects.toThrow('has stopped');
  });

  test('a program that has nothing else to do waits for stop and then ends by itself', async () => {
    const script = fileURLToPath(new URL('./stopping-parent.ts', import.meta.url));
    const parent = spawn(process.execPath, [script], { stdio: ['ignore', 'ignore', 'inherit'] });
    expect(await once(parent, 'exit')).toEqual([0, null]);
  });

  test('a process in an endless loop does not outlive a parent that is killed', async () => {
    const script = fileURLToPath(new URL('./spinning-parent.ts', import.meta.url));
    const parent = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [output] = (await once(parent.stdout, 'data')) as [Buffer];
    const id = Number(output.toString());
    expect(isGone(id)).toBe(false);
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    await eventually(() => isGone(id));
  });
});
