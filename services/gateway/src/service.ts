import { createServer } from 'node:http';
import { join } from 'node:path';
import { createFolderBlobStore } from '@sluice/fleet/blobs';
import { createJobStore } from '@sluice/fleet/jobs';
import { createProducer } from '@sluice/fleet/queue';
import { closeRedis, connectRedis } from '@sluice/fleet/redis';
import type { Service, Surroundings } from '@sluice/fleet/service';
import { loadAdminKey } from './admin-key.ts';
import { createAuthenticate } from './auth.ts';
import type { Config } from './config.ts';
import { createApp } from './http/app.ts';
import { createHub } from './sockets/hub.ts';
import { createSocketServer } from './sockets/server.ts';
import { createSubmit } from './submit.ts';

const REQUEST_TIMEOUT_MS = 60_000;

export async function build(config: Config, { redis, redisUrl, worker, log }: Surroundings): Promise<Service> {
  const authenticate = createAuthenticate(await loadAdminKey(config.SLUICE_DATA_DIR));
  const jobs = createJobStore(redis);
  const producer = createProducer(redis);
  const blobs = createFolderBlobStore(join(config.SLUICE_DATA_DIR, 'blobs'));
  const subscriber = connectRedis(redisUrl, { name: `${worker}:events`, patient: true });
  const hub = createHub(subscriber);
  const sockets = createSocketServer({ authenticate, hub, redis, jobs, log });
  const submit = createSubmit({ redis, jobs, blobs, jobTimeoutMs: config.JOB_TIMEOUT * 1_000 });
  const server = createServer(createApp({ authenticate, submit, jobs, blobs, redis, producer, log }));
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  sockets.attach(server);
  return {
    start: () =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(config.PORT, config.HOST, () => {
          log.info('listening', { address: server.address() });
          resolve();
        });
      }),
    async stop() {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      server.closeIdleConnections();
      sockets.stop();
      hub.stop();
      await closed;
      await Promise.all([producer.close(), closeRedis(subscriber)]);
    },
  };
}
