import { createLine, createQuotas, type QuotaInput, reservedUse, withQuota } from '@sluice/fleet/rate-limit';
import { connectRedis } from '@sluice/fleet/redis';

/** A process that grants, and calls the door for each question that it granted. It writes a line when it is ready. */
const [redisUrl = '', doorUrl = '', own = '', quotaText = '', leaseMs = ''] = process.argv.slice(2);
const quota = JSON.parse(quotaText) as QuotaInput;
const redis = connectRedis(redisUrl, { name: own });
const quotas = createQuotas({ redis, quotas: [quota] });
const line = createLine({
  redis,
  quotas,
  process: own,
  granterLeaseMs: Number(leaseMs),
  reservationMs: 3_000,
  // A busy machine may cut a call off: its question is lost, and the test counts it so.
  onError: () => undefined,
  async onGranted({ quota: name, id }) {
    const lease = await line.redeem(name, id);
    if (lease === null) return;
    const use = reservedUse(quotas.use(name, { timeoutMs: 1_000 }), lease);
    await withQuota(use, async ({ signal }) => (await fetch(new URL(id, doorUrl), { signal })).arrayBuffer());
  },
});
await line.start();
process.stdout.write('ready\n');
