import { FlowProducer, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { WIDTH } from './tasks.ts';

/** The same shape in raw BullMQ: the first job's processor adds a flow of one parent and five children. Arguments: Redis URL, concurrency. */
const [redisUrl = '', concurrencyText = '5'] = process.argv.slice(2);
const connection = new Redis(redisUrl, { maxRetriesPerRequest: null });
const options = { connection, concurrency: Number(concurrencyText), prefix: '{raw}', removeOnComplete: { count: 0 } };
const flows = new FlowProducer({ connection, prefix: '{raw}' });

const workers = [
  new Worker(
    'first',
    async (job) => {
      const children = Array.from({ length: WIDTH }, () => ({
        name: 'part',
        queueName: 'part',
        data: {},
        opts: { removeOnComplete: true },
      }));
      await flows.add({ name: 'last', queueName: 'last', data: job.data, opts: { removeOnComplete: true }, children });
    },
    options,
  ),
  new Worker('part', () => Promise.resolve({}), options),
  new Worker(
    'last',
    (job) => connection.multi().incr('raw:ended').publish('raw:done', String(job.data.n)).exec(),
    options,
  ),
];
await Promise.all(workers.map((worker) => worker.waitUntilReady()));
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
