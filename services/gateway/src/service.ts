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
import { createHttpServer } from './http/server.ts';
import { createHub } from './sockets/hub.ts';
import { createSocketServer } from './sockets/server.ts';
import { createSubmit } from './submit.ts';

export async function build(config: Config, { redis, redisUrl, worker, log }: Surroundings): Promise<Service> {
  const authenticate = createAuthenticate(await loadAdminKey(config.SLUICE_DATA_DIR));
  const jobs = createJobStore(redis);
  const producer = createProducer(redis);
  const blobs = createFolderBlobStore(join(config.SLUICE_DATA_DIR, 'blobs'));
  const subscriber = connectRedis(redisUrl, {
    name: `${worker}:events`,
    onError: (error) => log.warn('redis trouble', { error }),
  });
  const hub = createHub(subscriber);
  const sockets = createSocketServer({ authenticate, hub, redis, jobs, log });
  const submit = createSubmit({ redis, jobs, blobs, log, jobTimeoutMs: config.JOB_TIMEOUT * 1_000 });
  const http = createHttpServer(createApp({ authenticate, submit, jobs, blobs, redis, producer, log }));
  sockets.attach(http.server);
  return {
    start: () =>
      new Promise((resolve, reject) => {
        http.server.once('error', reject);
        http.server.listen(config.PORT, config.HOST, () => {
          http.server.off('error', reject);
          log.info('listening', { address: http.server.address() });
          resolve();
        });
      }),
    async stop() {
      const closed = http.close();
      sockets.stop();
      hub.stop();
      await closed;
      await Promise.all([producer.close(), closeRedis(subscriber)]);
    },
  };
}
