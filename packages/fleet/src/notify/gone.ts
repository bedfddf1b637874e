import { GoneWebhook } from '@sluice/contracts';
import type { Redis } from '../redis/index.ts';

const KEY = 'webhooks-gone';
const LIFE_SECONDS = 86_400;

export type GoneWebhooks = ReturnType<typeof createGoneWebhooks>;

/**
 * Webhooks whose receivers have answered 410, until the gateway has switched them off: who sends knows it, and who may change settings does it. Key `webhooks-gone`, a
 * set; it ends a day after the last answer. What Redis loses, the next answer says again.
 */
export function createGoneWebhooks(redis: Redis) {
  return {
    async add(gone: GoneWebhook): Promise<void> {
      const answers = await redis.multi().sadd(KEY, textOf(gone)).expire(KEY, LIFE_SECONDS).exec();
      const failed = answers?.find(([error]) => error !== null)?.[0];
      if (failed) throw failed;
    },
    async list(): Promise<GoneWebhook[]> {
      return (await redis.smembers(KEY)).map((text) => GoneWebhook.parse(JSON.parse(text)));
    },
    async remove(gone: GoneWebhook): Promise<void> {
      await redis.srem(KEY, textOf(gone));
    },
  };
}

function textOf({ v, tenant, webhook }: GoneWebhook): string {
  return JSON.stringify({ v, tenant, webhook });
}
