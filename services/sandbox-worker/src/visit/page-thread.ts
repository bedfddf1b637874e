import { parentPort } from 'node:worker_threads';
import { readPage } from './page.ts';
import type { PageRequest } from './page-reader.ts';

/** The thread's only task: to read the pages that it is sent, one after the other. */
parentPort?.on('message', ({ html, ...page }: PageRequest) => {
  parentPort?.postMessage(readPage(html, page), []);
});
