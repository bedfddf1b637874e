import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createSettings } from '@sluice/fleet/settings';
import { eventually, startTestPostgres } from '@sluice/testkit';
import { problemOf, startGateway, type TestGateway } from './gateways.ts';

const send = (at: TestGateway, method: string, path: string, body?: unknown) =>
  at.call(`/api/admin/${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
const tenants = ({ redis }: TestGateway) => redis.hgetall('settings:tenants');
const quotas = async ({ redis }: TestGateway) => {
  const { 'settings:epoch': _epoch, ...texts } = await redis.hgetall('settings:quotas');
  return texts;
};
const blocked = async (at: TestGateway, tenant: string) =>
  (JSON.parse((await tenants(at))[tenant] ?? '{}') as { isBlocked?: boolean }).isBlocked;

describe('settings that Redis has lost', () => {
  let gateway: TestGateway;
  let second: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway();
    const body = { tenant: 'acme', name: 'Acme', isBlocked: true };
    expect((await send(gateway, 'POST', 'tenants', body)).status).toBe(201);
    expect((await send(gateway, 'PUT', 'quotas/virustotal', { text: '2/min' })).status).toBe(200);
    expect((await send(gateway, 'PUT', 'quotas/shodan', { text: '1/s' })).status).toBe(200);
    const off = { name: 'shodan', isOn: false, reason: 'It is wrong.' };
    expect((await send(gateway, 'PUT', 'switches', off)).status).toBe(200);
    expect((await send(gateway, 'DELETE', 'quotas/shodan')).status).toBe(204);
  });
  afterAll(() => gateway.clear());

  test('all of them, are published again while the fleet runs, and a late worker has them', async () => {
    await gateway.redis.flushall();
    const worker = createSettings({ redis: gateway.redis, onError: () => undefined });
    const early = await worker.tenant('acme');
    expect(early.isBlocked || Object.values(early.release).flat().length === 0).toBe(true);
    await eventually(() => worker.isPublished());
    expect(await worker.tenant('acme')).toMatchObject({ name: 'Acme', isBlocked: true });
    expect(await quotas(gateway)).toEqual({ virustotal: '2/min' });
    expect([...(await worker.switchedOff()).keys()]).toEqual(['shodan']);
    worker.stop();
  });

  test.each(['settings:tenants', 'settings:quotas', 'settings:switches'])(
    'one server of a Cluster: %s',
    async (hash) => {
      await gateway.redis.del(hash);
      await eventually(async () => (await gateway.redis.hexists(hash, 'settings:epoch')) === 1);
      expect(await blocked(gateway, 'acme')).toBe(true);
      expect(await quotas(gateway)).toEqual({ virustotal: '2/min' });
      expect(await gateway.redis.hexists('settings:switches', 'shodan')).toBe(1);
    },
  );

  test('the changes of the last second, are published again with the next connection', async () => {
    const { acme = '' } = await tenants(gateway);
    const older = JSON.stringify({ ...(JSON.parse(acme) as object), isBlocked: false });
    await gateway.redis.hset('settings:tenants', 'acme', older);
    await gateway.redis.hset('settings:quotas', 'shodan', '1/s', 'virustotal', '9/s');
    await gateway.redis.call('CLIENT', 'KILL', 'TYPE', 'NORMAL', 'SKIPME', 'YES');
    await eventually(async () => (await blocked(gateway, 'acme')) === true);
    await eventually(async () => expect(await quotas(gateway)).toEqual({ virustotal: '2/min' }));
  });

  test('at the start of a gateway, are published by it, where others did not see it', async () => {
    await gateway.stop();
    await gateway.redis.hset('settings:quotas', 'virustotal', '9/s');
    await gateway.redis.hdel('settings:tenants', 'acme');
    const postgres = await startTestPostgres();
    second = await startGateway(undefined, { databaseUrl: postgres.url, server: gateway.server });
    try {
      expect(await quotas(second)).toEqual({});
      expect(Object.keys(await tenants(second)).toSorted()).toEqual(['default', 'settings:epoch']);
    } finally {
      await second.clear();
      await postgres.stop();
    }
  });
});

test('without the record nothing is published and no quota changes; both follow when it is there', async () => {
  const postgres = await startTestPostgres();
  await postgres.crash();
  const gateway = await startGateway(undefined, { databaseUrl: postgres.url });
  try {
    for (const hash of ['settings:tenants', 'settings:quotas']) expect(await gateway.redis.exists(hash)).toBe(0);
    await postgres.restart();
    await eventually(async () => (await gateway.redis.hexists('settings:quotas', 'settings:epoch')) === 1);
    expect((await send(gateway, 'PUT', 'quotas/shodan', { text: '1/s' })).status).toBe(200);
    await postgres.pause();
    const refused = [
      await send(gateway, 'PUT', 'quotas/shodan', { text: '9/s' }),
      await send(gateway, 'DELETE', 'quotas/shodan'),
    ];
    for (const answer of refused) expect(await problemOf(answer, gateway)).toMatchObject({ status: 503 });
    expect(await quotas(gateway)).toEqual({ shodan: '1/s' });
    await postgres.restart();
    await eventually(async () => expect(await gateway.records.quotaSettings.list()).toMatchObject([{ text: '1/s' }]));
    expect(await gateway.records.quotaSettings.list()).toMatchObject([{ action: 'shodan', updatedBy: 'admin' }]);
  } finally {
    await gateway.clear();
    await postgres.stop();
  }
});
