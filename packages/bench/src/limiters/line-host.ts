import { createLine, reservedUse, withQuota } from '@sluice/fleet/rate-limit';
import { callProvider, given, untilBegin } from './caller.ts';
import { connectQuotas, QUOTA, TIMEOUT_MS } from './quota.ts';

const BACKLOG = 200;

/** Sluice's line: all questions parked at once; the process that asked is told of its slot by a message. */
const { redis, quotas } = await connectQuotas(given.redisUrl);
const use = quotas.use(QUOTA, { timeoutMs: TIMEOUT_MS });
const channel = `bench:${given.place}`;

const fail = (error: unknown): never => {
  throw error;
};
const line = createLine({
  redis,
  quotas,
  process: `bench-${given.place}`,
  onGranted: async ({ id, tokens }) => {
    await Promise.all(tokens.map((token) => redis.publish(token, id)));
  },
  onError: fail,
});

async function ask(id: string): Promise<void> {
  const lease = await line.redeem(QUOTA, id);
  if (lease !== null) await withQuota(reservedUse(use, lease), callProvider);
}

const subscriber = redis.duplicate();
subscriber.on('message', (_channel, id: string) => void ask(id));
await subscriber.subscribe(channel);
await line.start();
await untilBegin();
const question = { quota: QUOTA, tenant: 'bench', priority: 'normal', decides: 0, timeoutMs: TIMEOUT_MS } as const;
const ids = Array.from({ length: BACKLOG }, (_, n) => `${given.place}-${n}`);
await Promise.all(ids.map((id) => line.park({ ...question, id, token: channel })));
