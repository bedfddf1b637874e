import { setTimeout as pause } from 'node:timers/promises';
import { createJobStore } from '@sluice/fleet/jobs';
import { createPool } from '@sluice/fleet/queue';
import { connectRedis } from '@sluice/fleet/redis';
import { createLogger } from '@sluice/fleet/service';
import { catalogue } from './deadly-tasks.ts';

/** A worker that one of its tasks kills as `kill -9` does. Argument: Redis URL. */
const [redisUrl = ''] = process.argv.slice(2);
const worker = `deadly-${process.pid}-`;
const HARMLESS_MS = 1_500;

createPool({
  pool: 'analysis',
  catalogue,
  handlers: {
    'chaos.harmless': () => pause(HARMLESS_MS, {}),
    'chaos.deadly': async () => {
      await pause(200);
      process.kill(process.pid, 'SIGKILL');
      return {};
    },
  },
  redisUrl,
  jobs: createJobStore(connectRedis(redisUrl, { name: worker })),
  concurrency: 5,
  worker,
  log: createLogger('chaos', worker, 'error'),
}).start();
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
