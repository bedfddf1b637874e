import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/**
 * What runs in a pool's process: the tasks of one module, one at a time.
 *
 * Arguments: the module's URL, the bound on resident memory in MB, the parent's process id. A second thread watches what a blocked or greedy task
 * would not see itself: that bound, and the death of the parent, which would leave an endless loop behind.
 */
type Request = { task: string; input: unknown };
export type Reply = { value: unknown } | { error: string };

const [file = '', maxRssMb = '0', parentId = '0'] = process.argv.slice(2);

const watch = new Worker(new URL('./pool-watch.ts', import.meta.url), {
  workerData: { maxRssMb: Number(maxRssMb), parentId: Number(parentId) },
});
await once(watch, 'online');
watch.unref();

const tasks = (await import(file)) as Record<string, (input: unknown) => unknown>;

async function answer({ task, input }: Request): Promise<Reply> {
  try {
    const run = tasks[task];
    if (run === undefined) throw new Error(`There is no task ${task}.`);
    return { value: await run(input) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

// A promise that a library lets fall over broken input (pdf.js does) is no reason to lose the reading: what a task waits for still rejects in `answer`.
process.on('unhandledRejection', () => undefined);

process.on('message', (request: Request) => {
  void answer(request).then((reply) => process.send?.(reply));
});
// From here on it takes tasks; see `ready` of the process.
process.send?.('ready');
