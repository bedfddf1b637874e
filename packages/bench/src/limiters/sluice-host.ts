import { setTimeout as wait } from 'node:timers/promises';
import { SluiceError } from '@sluice/contracts';
import { withQuota } from '@sluice/fleet/rate-limit';
import { callProvider, given, keepCalling, untilBegin } from './caller.ts';
import { connectQuotas, QUOTA, TIMEOUT_MS } from './quota.ts';

/** Sluice's quota, each caller waiting by itself: it asks again when the refusal says that it is worthwhile. */
const { quotas } = await connectQuotas(given.redisUrl);
const use = quotas.use(QUOTA, { timeoutMs: TIMEOUT_MS });
await untilBegin();
await keepCalling(() =>
  withQuota(use, callProvider).catch(async (error: unknown) => {
    if (!(error instanceof SluiceError) || error.code !== 'quota-exhausted') throw error;
    await wait(Math.max((error.retryAtMs ?? 0) - Date.now(), 1));
  }),
);
