import { createJobStore } from '@sluice/fleet/jobs';
import { createPool, createProducer } from '@sluice/fleet/queue';
import { connectRedis } from '@sluice/fleet/redis';
import { createLogger } from '@sluice/fleet/service';
import { createEngine } from '@sluice/orchestrator/engine';
import { collectDefaultMetrics } from 'prom-client';
import { catalogue, spread } from './tasks.ts';

/** All workers of the bench pipeline in one process. Arguments: Redis URL, concurrency, parts to run. */
const [redisUrl = '', concurrencyText = '5', parts = 'engine,analysis,sandbox,aggregation'] = process.argv.slice(2);
const concurrency = Number(concurrencyText);
const wanted = parts.split(',');

collectDefaultMetrics();
const log = createLogger('bench', `bench-${process.pid}`, 'info');
const redis = connectRedis(redisUrl, { name: 'bench' });

const shared = { catalogue, redisUrl, jobs: createJobStore(redis), producer: createProducer(redis), concurrency, log };
const done = () => Promise.resolve({});

const pieces = [
  createEngine({ ...shared, pipelines: [spread], worker: 'orchestrator' }),
  createPool({ ...shared, pool: 'analysis', worker: 'a', handlers: { 'bench.first': done } }),
  createPool({ ...shared, pool: 'sandbox', worker: 's', handlers: { 'bench.part': done } }),
  createPool({ ...shared, pool: 'aggregation', worker: 'g', handlers: { 'bench.last': done } }),
];
const names = ['engine', 'analysis', 'sandbox', 'aggregation'];
const running = pieces.filter((_, index) => wanted.includes(names[index] ?? ''));
for (const piece of running) piece.start();
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
