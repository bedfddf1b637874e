import { parentPort, workerData } from 'node:worker_threads';
import { readPage } from './page.ts';

/** The thread's only task: read the page that it was started with, and say what was found. */
const { html, page } = workerData as { html: string; page: { url: string; refreshSeconds: number } };
parentPort?.postMessage(readPage(html, page), []);
