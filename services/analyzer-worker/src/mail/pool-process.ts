import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import type { Reply } from './pool-child.ts';

export type Ending = { code: number | null; signal: NodeJS.Signals | null };

/** A process that does one task at a time. */
export type PoolProcess = {
  /** Resolves when it takes tasks, or has ended before it did. */
  ready: () => Promise<void>;
  /** Of a process that is ready: the answer, or how the process ended without one. */
  ask: (task: string, input: unknown) => Promise<{ reply: Reply } | { ending: Ending }>;
  /** At once, whatever it does; resolves when it is gone. */
  kill: () => Promise<void>;
  isAlive: () => boolean;
  /** What it last wrote to its standard error, for the one who looks for a fault in the start. */
  lastWords: () => string;
};

/** Room for buffers, code and the runtime beside the heap. */
const BESIDE_HEAP_MB = 384;
/** Of short-lived objects; Node's own 16 MB leave a process that reads documents 50 MB larger and hardly faster. */
const YOUNG_HEAP = '--max-semi-space-size=4';
const MAX_WORDS = 2000;

export function startPoolProcess(file: URL, heapMb: number): PoolProcess {
  const child = fork(
    new URL('./pool-child.ts', import.meta.url),
    [file.href, String(heapMb + BESIDE_HEAP_MB), String(process.pid)],
    {
      // Who reads hostile bytes gets no secrets and no preloaded modules, writes no file and starts no program.
      execArgv: [`--max-old-space-size=${heapMb}`, YOUNG_HEAP, '--permission', '--allow-fs-read=*', '--allow-worker'],
      env: { NODE_COMPILE_CACHE: '' },
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    },
  );
  const ended = new Promise<Ending>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.on('error', () => resolve({ code: null, signal: null }));
  });
  const greeted = new Promise<void>((resolve) => {
    child.once('message', () => resolve());
  });
  const words = collectWords(child);
  rest(child);

  return {
    ready: async () => {
      child.ref();
      child.channel?.ref();
      await Promise.race([greeted, ended]);
    },
    ask: async (task, input) => {
      child.ref();
      child.channel?.ref();
      const reply = new Promise<{ reply: Reply }>((resolve) => {
        child.once('message', (message) => resolve({ reply: message as Reply }));
      });
      // A process that is ending cannot be sent to; how it ended is the answer.
      if (child.connected) child.send({ task, input }, () => undefined);
      const answer = await Promise.race([reply, ended.then((ending) => ({ ending }))]);
      child.removeAllListeners('message');
      rest(child);
      return answer;
    },
    kill: async () => {
      child.ref();
      child.kill('SIGKILL');
      await ended;
    },
    isAlive: () => child.connected && child.exitCode === null && child.signalCode === null,
    lastWords: words,
  };
}

/** An idle process does not keep its parent alive. */
function rest(child: ChildProcess): void {
  child.unref();
  child.channel?.unref();
}

function collectWords(child: ChildProcess): () => string {
  let words = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    words = (words + chunk).slice(-MAX_WORDS);
  });
  if (child.stderr !== null && 'unref' in child.stderr) (child.stderr as unknown as { unref: () => void }).unref();
  return () => words;
}
