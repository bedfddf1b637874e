import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { callProvider, given, untilBegin } from './caller.ts';
import { CALLERS, LIMIT, WINDOW_MS } from './model.ts';

const BACKLOG = 200;

/** BullMQ's limiter: set on the workers, held for all workers of the queue together. */
const connection = new Redis(given.redisUrl, { maxRetriesPerRequest: null });
const queue = new Queue('calls', { connection });
const jobs = Array.from({ length: BACKLOG }, () => ({ name: 'call', data: {}, opts: { removeOnComplete: true } }));
await queue.addBulk(jobs);
const limiter = { max: LIMIT, duration: WINDOW_MS };
const worker = new Worker('calls', callProvider, { connection, concurrency: CALLERS, limiter, autorun: false });
await worker.waitUntilReady();
await untilBegin();
await worker.run();
