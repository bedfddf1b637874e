import { createJobStore } from '@sluice/fleet/jobs';
import { createPool } from '@sluice/fleet/queue';
import { connectRedis } from '@sluice/fleet/redis';
import { createLogger } from '@sluice/fleet/service';
import { catalogue } from './pool-tasks.ts';

/** A worker process that begins tasks and never ends one. It writes a line for each that it begins, and waits to be killed. */
const [redisUrl = '', worker = ''] = process.argv.slice(2);
const begin = (): Promise<never> => {
  process.stdout.write('begun\n');
  return new Promise(() => undefined);
};

createPool({
  pool: 'analysis',
  catalogue,
  handlers: { 'test.do': begin, 'test.quick': begin },
  redisUrl,
  jobs: createJobStore(connectRedis(redisUrl, { name: worker })),
  concurrency: 2,
  worker,
  log: createLogger('test', worker, 'error'),
}).start();
