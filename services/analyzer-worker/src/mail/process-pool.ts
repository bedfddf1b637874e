import type { Ending, PoolProcess } from './pool-process.ts';
import { startPoolProcess } from './pool-process.ts';
import { createTurns } from './turns.ts';

export type ProcessPoolConfig = {
  /** The module whose exports are the tasks. */
  file: URL;
  processes: number;
  /** From the moment that a process is asked; waiting for a turn and for the start of a process does not count. */
  timeLimitMs: number;
  /** Of each process's JavaScript heap. */
  memoryMb: number;
};

type TaskResult<T> = { status: 'done'; value: T } | { status: 'out-of-time' } | { status: 'out-of-memory' };

export type ProcessPool = {
  /**
   * Runs a task in a process of its own. A task that breaks a bound loses its process, and the result says so; an abort takes
   * the process away too and rejects with the signal's reason; an error of the task rejects.
   */
  run: <T>(task: string, input: unknown, signal: AbortSignal) => Promise<TaskResult<T>>;
  /** Ends all processes, at once; tasks under way reject. Resolves when they are gone; may be called again. */
  stop: () => Promise<void>;
};

/** What a process learns and leaks from thousands of hostile mails goes with it. Not sooner: a new one spends some seconds of processor time on compiling. */
const TASKS_PER_PROCESS = 20_000;
/** Ours is the fault, or the machine's, where a process does not begin by then. */
const START_LIMIT_MS = 60_000;

/**
 * Processes that hostile work may block, exhaust or crash without harm to this one.
 *
 * Threads do not do: a worker thread that runs out of heap now and then ends the whole process (Node 24.21), and what it keeps
 * outside the heap has no bound.
 */
export function createProcessPool(config: ProcessPoolConfig): ProcessPool {
  const turns = createTurns(config.processes);
  const idle: PoolProcess[] = [];
  const all = new Map<PoolProcess, number>();
  let stopping: Promise<unknown> | null = null;

  const start = (): PoolProcess => {
    const started = startPoolProcess(config.file, config.memoryMb);
    all.set(started, 0);
    return started;
  };
  const giveBack = (used: PoolProcess): void => {
    const count = (all.get(used) ?? 0) + 1;
    all.set(used, count);
    if (stopping === null && used.isAlive() && count < TASKS_PER_PROCESS) idle.push(used);
    else {
      all.delete(used);
      void used.kill();
    }
  };
  for (let count = 0; count < config.processes; count += 1) idle.push(start());

  return {
    run: async <T>(task: string, input: unknown, signal: AbortSignal) => {
      await turns.take(signal);
      try {
        if (stopping !== null) throw new Error('The process pool has stopped.');
        const process = takeAlive(idle, all) ?? start();
        try {
          return await askBounded<T>(process, task, input, config.timeLimitMs, signal);
        } finally {
          giveBack(process);
        }
      } finally {
        turns.giveBack();
      }
    },
    stop: async () => {
      stopping ??= Promise.all([...all.keys()].map((process) => process.kill()));
      await stopping;
    },
  };
}

function takeAlive(idle: PoolProcess[], all: Map<PoolProcess, number>): PoolProcess | null {
  for (let process = idle.pop(); process !== undefined; process = idle.pop()) {
    if (process.isAlive()) return process;
    all.delete(process);
  }
  return null;
}

async function askBounded<T>(
  process: PoolProcess,
  task: string,
  input: unknown,
  timeLimitMs: number,
  signal: AbortSignal,
): Promise<TaskResult<T>> {
  signal.throwIfAborted();
  let isLate = false;
  const onAbort = () => void process.kill();
  signal.addEventListener('abort', onAbort, { once: true });
  const endAfter = (limitMs: number) =>
    setTimeout(() => {
      isLate = true;
      void process.kill();
    }, limitMs);
  let timer = endAfter(START_LIMIT_MS);
  try {
    await process.ready();
    clearTimeout(timer);
    timer = endAfter(timeLimitMs);
    const answer = await process.ask(task, input);
    if ('reply' in answer) {
      if ('error' in answer.reply) throw new Error(answer.reply.error);
      return { status: 'done', value: answer.reply.value as T };
    }
    signal.throwIfAborted();
    if (isLate) return { status: 'out-of-time' };
    if (ranOutOfMemory(answer.ending)) return { status: 'out-of-memory' };
    throw new Error(`The reading process ended (${endingText(answer.ending)}). ${process.lastWords()}`.trim());
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

/** V8 aborts when its heap is full; the watching thread and the kernel kill. */
function ranOutOfMemory({ code, signal }: Ending): boolean {
  return signal === 'SIGABRT' || signal === 'SIGKILL' || code === 134;
}

function endingText({ code, signal }: Ending): string {
  return signal ?? `code ${code ?? 'unknown'}`;
}
