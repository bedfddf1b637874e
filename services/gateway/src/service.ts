import { join } from 'node:path';
import { createFolderBlobStore } from '@sluice/fleet/blobs';
import { createJobStore } from '@sluice/fleet/jobs';
import { createProducer } from '@sluice/fleet/queue';
import { closeRedis, connectRedis } from '@sluice/fleet/redis';
import type { Service, Surroundings } from '@sluice/fleet/service';
import { loadAdminKey } from './admin-key.ts';
import { createAuthenticate } from './auth.ts';
import { openFleetCache } from './cache/open.ts';
import type { Config } from './config.ts';
import { createApp } from './http/app.ts';
import { createHttpServer } from './http/server.ts';
import { createQuotaReader } from './quotas/reader.ts';
import { createHub } from './sockets/hub.ts';
import { createSocketServer } from './sockets/server.ts';
import { createSubmit } from './submit.ts';

/** A request does not wait longer for Redis: then it is 503, and whoever asked tries again. */
const ANSWER_WITHIN_MS = 5_000;

export async function build(config: Config, surroundings: Surroundings): Promise<Service> {
  const { redisUrl, worker, log } = surroundings;
  const authenticate = createAuthenticate(await loadAdminKey(config.SLUICE_DATA_DIR));
  const cache = await openFleetCache(config, surroundings);
  const onError = (error: Error) => void log.warn('redis trouble', { error });
  const redis = connectRedis(redisUrl, { name: `${worker}:requests`, answerWithinMs: ANSWER_WITHIN_MS, onError });
  const subscriber = connectRedis(redisUrl, { name: `${worker}:events`, onError });
  const jobs = createJobStore(redis);
  const producer = createProducer(redis);
  const blobs = createFolderBlobStore(join(config.SLUICE_DATA_DIR, 'blobs'));
  const hub = createHub(subscriber);
  const sockets = createSocketServer({ authenticate, hub, redis, jobs, log });
  const submit = createSubmit({ redis, jobs, blobs, log, jobTimeoutMs: config.JOB_TIMEOUT * 1_000 });
  const readQuotas = createQuotaReader({ redis });
  const parts = { authenticate, submit, jobs, blobs, redis, producer, readQuotas, cache, worker, log };
  const http = createHttpServer(createApp(parts));
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
      await producer.close();
      await Promise.all([cache.stop(), closeRedis(redis), closeRedis(subscriber)]);
    },
  };
}
