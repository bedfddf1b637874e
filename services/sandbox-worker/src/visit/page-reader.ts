import { Worker } from 'node:worker_threads';
import type { Page } from './page.ts';

/** Reads pages apart from the main thread. `stop` ends every thread; what is being read then answers null. */
export type PageReader = {
  /** Null when the page takes longer, or more memory, than a page may. Rejects only with the signal's reason. */
  read(html: string, url: string, signal: AbortSignal): Promise<Page | null>;
  stop(): Promise<void>;
};

export type PageRequest = { html: string; url: string; refreshSeconds: number };

const HEAP_MB = 192;
/** A thread is ended after so many pages, lest anything of them pile up. */
const PAGES_A_THREAD = 500;

type Thread = { worker: Worker; pages: number };

/**
 * One page at a time in each thread; a thread that misses the deadline is ended, one that kept it reads the next page. A page can be
 * written so that any parser takes quadratic time over it, and no timer fires in a thread that is busy. Idle threads keep no process alive.
 */
export function createPageReader(limits: { pageMs: number; refreshSeconds: number }): PageReader {
  const idle: Thread[] = [];
  const all = new Set<Worker>();
  const start = (): Thread => {
    const worker = startThread();
    all.add(worker);
    worker.once('exit', () => all.delete(worker));
    return { worker, pages: 0 };
  };
  const end = async ({ worker }: Thread) => {
    await worker.terminate();
  };
  return {
    async read(html, url, signal) {
      signal.throwIfAborted();
      const thread = idle.pop() ?? start();
      const deadline = AbortSignal.any([signal, AbortSignal.timeout(limits.pageMs)]);
      const request = { html, url, refreshSeconds: limits.refreshSeconds };
      const page = await answerOf(thread.worker, request, deadline);
      if (page && ++thread.pages < PAGES_A_THREAD) idle.push(thread);
      else await end(thread);
      signal.throwIfAborted();
      return page;
    },
    async stop() {
      idle.length = 0;
      await Promise.all([...all].map((worker) => worker.terminate()));
    },
  };
}

function startThread(): Worker {
  const worker = new Worker(new URL('page-thread.ts', import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    env: {},
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  worker.on('error', () => {});
  worker.unref();
  return worker;
}

async function answerOf(worker: Worker, request: PageRequest, deadline: AbortSignal): Promise<Page | null> {
  const answered = Promise.withResolvers<Page | null>();
  const give = (page: Page) => answered.resolve(page);
  const giveUp = () => answered.resolve(null);
  worker.once('message', give);
  worker.once('exit', giveUp);
  deadline.addEventListener('abort', giveUp, { once: true });
  if (deadline.aborted) giveUp();
  worker.ref();
  worker.postMessage(request, []);
  try {
    return await answered.promise;
  } finally {
    worker.unref();
    worker.off('message', give);
    worker.off('exit', giveUp);
    deadline.removeEventListener('abort', giveUp);
  }
}
