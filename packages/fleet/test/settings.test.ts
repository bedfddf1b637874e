import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DEFAULT_RELEASE, TenantPolicy } from '@sluice/contracts';
import { closeRedis, connectRedis, type Redis } from '@sluice/fleet/redis';
import { createSettings, type Settings, type SettingsChange, type SettingsConfig } from '@sluice/fleet/settings';
import { eventually, startRedis, type TestRedis } from '@sluice/testkit';

let server: TestRedis;
const connections: Redis[] = [];
const opened: Settings[] = [];

beforeAll(async () => {
  server = await startRedis();
});
afterAll(async () => {
  for (const settings of opened) settings.stop();
  await Promise.all(connections.map(closeRedis));
  await server.stop();
});

const policyOf = (tenant: string, more: Partial<TenantPolicy> = {}) =>
  TenantPolicy.parse({ v: 1, tenant, name: tenant, ...more });

/** As a process of its own: own connections, own copies. */
function open(options: Partial<SettingsConfig> = {}, url = server.url) {
  const redis = connectRedis(url, { name: 'settings' });
  const errors: unknown[] = [];
  const settings = createSettings({ redis, onError: (error) => errors.push(error), ...options });
  connections.push(redis);
  opened.push(settings);
  return { redis, settings, errors };
}

/** Resolves when the process hears of changes, with all that it heard. */
async function hearing(settings: Settings): Promise<SettingsChange[]> {
  const heard: SettingsChange[] = [];
  settings.onChange((change) => heard.push(change));
  await eventually(() => heard.length > 0);
  return heard;
}

describe('a tenant’s policy', () => {
  test('is the default one where nobody has set up any', async () => {
    const { settings, errors } = open();
    expect(await settings.tenant('nobody')).toEqual(policyOf('nobody'));
    expect((await settings.tenant('nobody')).release).toEqual(DEFAULT_RELEASE);
    expect(errors).toEqual([]);
  });

  test('that changes reaches the copies of another process by a notice, long before they grow old', async () => {
    // A clock that stands still: no copy ever grows old.
    const reader = open({ monotonicMs: () => 0 });
    const heard = await hearing(reader.settings);
    expect(await reader.settings.tenant('acme')).toMatchObject({ isBlocked: false });
    await open().settings.putTenant(policyOf('acme', { isBlocked: true }));
    await eventually(async () => (await reader.settings.tenant('acme')).isBlocked);
    expect(heard).toContainEqual({ kind: 'tenant', tenant: 'acme' });
    await open().settings.removeTenant('acme');
    await eventually(async () => !(await reader.settings.tenant('acme')).isBlocked);
  });

  test('is the writer’s own at once', async () => {
    const { settings } = open({ monotonicMs: () => 0 });
    await settings.tenant('writer');
    await settings.putTenant(policyOf('writer', { name: 'New' }));
    expect((await settings.tenant('writer')).name).toBe('New');
  });

  test('is read anew after half a minute, should a notice be lost', async () => {
    let nowMs = 0;
    const { settings, redis } = open({ monotonicMs: () => nowMs });
    await hearing(settings);
    await settings.tenant('quiet');
    await redis.hset('settings:tenants', 'quiet', JSON.stringify(policyOf('quiet', { isBlocked: true })));
    nowMs = 29_999;
    expect((await settings.tenant('quiet')).isBlocked).toBe(false);
    nowMs = 30_000;
    expect((await settings.tenant('quiet')).isBlocked).toBe(true);
  });

  test.each(['{', '{"v":1}', JSON.stringify(policyOf('somebody-else'))])(
    'that cannot be read (%s) is reported, and lets nothing leave',
    async (text) => {
      const { settings, redis, errors } = open();
      await redis.hset('settings:tenants', 'broken', text);
      const policy = await settings.tenant('broken');
      expect(policy).toMatchObject({ tenant: 'broken', isBlocked: false });
      expect(Object.values(policy.release).flat()).toEqual([]);
      expect(errors).toEqual([expect.objectContaining({ code: 'settings-damaged' })]);
      expect(String(errors)).not.toContain('somebody');
    },
  );
});

describe('a quota that is set', () => {
  test('is the text of parseWindows, reaches other processes, and goes again', async () => {
    const reader = open({ monotonicMs: () => 0 });
    await hearing(reader.settings);
    const { settings } = open();
    await expect(settings.putQuota('virustotal', '4 per minute')).rejects.toMatchObject({ code: 'bad-quotas' });
    await expect(settings.putQuota('Virus Total', '4/min')).rejects.toMatchObject({ code: 'bad-quotas' });
    await settings.putQuota('virustotal', '2/min');
    await settings.putQuota('virustotal@acme', '9/min');
    await eventually(async () => (await reader.settings.quotas())['virustotal@acme'] === '9/min');
    expect(await reader.settings.quotas()).toEqual({ virustotal: '2/min', 'virustotal@acme': '9/min' });
    await settings.putQuota('virustotal@acme', null);
    await eventually(async () => Object.keys(await reader.settings.quotas()).length === 1);
  });

  test('that cannot be read is left out and reported', async () => {
    const { settings, redis, errors } = open();
    await redis.hset('settings:quotas', 'shodan', 'as many as you like');
    expect(await settings.quotas()).not.toHaveProperty('shodan');
    expect(errors).toEqual([expect.objectContaining({ code: 'settings-damaged' })]);
  });
});

test('while Redis is away the last copy stands, and afterwards what was missed is heard of', async () => {
  const own = await startRedis();
  let nowMs = 0;
  const { settings, errors } = open({ monotonicMs: () => nowMs, patienceMs: 50 }, own.url);
  const heard = await hearing(settings);
  await settings.putTenant(policyOf('acme', { name: 'Before' }));
  expect((await settings.tenant('acme')).name).toBe('Before');
  own.pause();
  nowMs = 60_000;
  expect((await settings.tenant('acme')).name).toBe('Before');
  expect(errors.length).toBeGreaterThan(0);
  own.resume();
  await open({}, own.url).settings.putTenant(policyOf('acme', { name: 'After' }));
  await eventually(async () => (await settings.tenant('acme')).name === 'After');
  expect(heard.length).toBeGreaterThan(0);
  for (const connection of connections.splice(-2)) connection.disconnect();
  await own.stop();
});
