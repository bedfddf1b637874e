import { Redis } from 'ioredis';
import { RateLimiterQueue, RateLimiterRedis } from 'rate-limiter-flexible';
import { callProvider, given, keepCalling, untilBegin } from './caller.ts';
import { LIMIT, WINDOW_MS } from './model.ts';

/** rate-limiter-flexible: its queue in front of its Redis limiter; what is refused waits there for `msBeforeNext`. */
const storeClient = new Redis(given.redisUrl);
const limiter = new RateLimiterRedis({ storeClient, points: LIMIT, duration: WINDOW_MS / 1_000 });
const queue = new RateLimiterQueue(limiter);
await storeClient.ping();
await untilBegin();
await keepCalling(async () => {
  await queue.removeTokens(1);
  await callProvider();
});
