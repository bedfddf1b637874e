import { Worker } from 'node:worker_threads';
import type { Page } from './page.ts';

/** Reads a page within a deadline; null when it takes longer or more memory than a page may. */
export type PageReader = (html: string, url: string, signal: AbortSignal) => Promise<Page | null>;

const HEAP_MB = 192;

/**
 * Reads each page in a thread of its own, which is ended at the deadline: a page can be written so that any parser takes quadratic
 * time over it, and no timer fires in a thread that is busy. Rejects with the signal's reason.
 */
export function createPageReader(limits: { pageMs: number; refreshSeconds: number }): PageReader {
  return async (html, url, signal) => {
    const thread = new Worker(new URL('page-thread.ts', import.meta.url), {
      workerData: { html, page: { url, refreshSeconds: limits.refreshSeconds } },
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
      env: {},
      execArgv: ['--disable-warning=ExperimentalWarning'],
    });
    const deadline = AbortSignal.timeout(limits.pageMs);
    try {
      return await firstMessage(thread, AbortSignal.any([signal, deadline]));
    } finally {
      await thread.terminate();
      signal.throwIfAborted();
    }
  };
}

function firstMessage(thread: Worker, signal: AbortSignal): Promise<Page | null> {
  return new Promise((resolve) => {
    thread.once('message', (page: Page) => resolve(page));
    thread.once('error', () => resolve(null));
    thread.once('exit', () => resolve(null));
    signal.addEventListener('abort', () => resolve(null), { once: true });
    if (signal.aborted) resolve(null);
  });
}
