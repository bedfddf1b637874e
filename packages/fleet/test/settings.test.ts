import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { DEFAULT_RELEASE, TenantPolicy, TLPS } from '@sluice/contracts';
import { closeRedis, connectRedis, type Redis } from '@sluice/fleet/redis';
import {
  createSettings,
  requireReleased,
  type Settings,
  type SettingsChange,
  type SettingsConfig,
  whyWithheld,
} from '@sluice/fleet/settings';
import { eventually, startRedis, type TestRedis } from '@sluice/testkit';

let server: TestRedis;
const connections: Redis[] = [];
const opened: Settings[] = [];

beforeAll(async () => {
  server = await startRedis();
  await publish(open().settings);
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

/** As a gateway does that has read the record. */
async function publish(settings: Settings, policies: TenantPolicy[] = [], quotas: Record<string, string> = {}) {
  await settings.publishTenants(async () => Promise.resolve(policies));
  await settings.publishQuotas(async () => Promise.resolve(new Map(Object.entries(quotas))));
  await settings.publishSwitches(async () => Promise.resolve(new Map()));
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

describe('what is switched off', () => {
  const off = { reason: 'It is wrong.', sinceMs: 5, by: 'key-1' };

  test('reaches other processes, and is on again there', async () => {
    const reader = open({ monotonicMs: () => 0 });
    await hearing(reader.settings);
    const { settings } = open();
    expect(await reader.settings.switchedOff()).toEqual(new Map());
    await settings.putSwitch('shodan', off);
    await settings.putSwitch('email-scan', off);
    await eventually(async () => (await reader.settings.switchedOff()).size === 2);
    await settings.putSwitch('shodan', null);
    await eventually(async () => !(await reader.settings.switchedOff()).has('shodan'));
    expect(await reader.settings.switchedOff()).toEqual(new Map([['email-scan', off]]));
    await settings.putSwitch('email-scan', null);
  });

  test('is off where its reason cannot be read, which is reported; what nobody knows is left alone', async () => {
    const { settings, redis, errors } = open();
    await redis.hset('settings:switches', { gemini: 'nonsense', 'of-a-newer-version': JSON.stringify(off) });
    expect([...(await settings.switchedOff()).keys()]).toEqual(['gemini']);
    expect(errors).toEqual([expect.objectContaining({ code: 'settings-damaged' })]);
    await redis.hdel('settings:switches', 'gemini', 'of-a-newer-version');
  });

  test('stays off where Redis has lost it, until it is published again', async () => {
    const own = await startRedis();
    const { settings, redis } = open({}, own.url);
    const heard = await hearing(settings);
    await publish(settings);
    await settings.putSwitch('shodan', off);
    expect((await settings.switchedOff()).has('shodan')).toBe(true);
    await redis.flushall();
    heard.length = 0;
    await redis.publish('settings', JSON.stringify({ kind: 'any' }));
    await eventually(() => heard.length > 0);
    expect((await settings.switchedOff()).has('shodan')).toBe(true);
    await publish(settings);
    expect(await settings.switchedOff()).toEqual(new Map());
    for (const connection of connections.splice(-1)) connection.disconnect();
    opened.pop()?.stop();
    await own.stop();
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

describe('settings that Redis has lost', () => {
  const nothing = Object.fromEntries(TLPS.map((tlp) => [tlp, []]));
  const blocked = policyOf('acme', { isBlocked: true, release: { ...DEFAULT_RELEASE, ...nothing } });
  const quotas = { virustotal: '2/min' };
  let own: TestRedis;
  beforeEach(async () => {
    own = await startRedis();
  });
  afterEach(async () => {
    for (const settings of opened.splice(1)) settings.stop();
    for (const connection of connections.splice(1)) connection.disconnect();
    await own.stop();
  });

  test('stand as copies, however old, and whatever was missed meanwhile', async () => {
    let nowMs = 0;
    const reader = open({ monotonicMs: () => nowMs }, own.url);
    const heard = await hearing(reader.settings);
    await publish(open({}, own.url).settings, [blocked], quotas);
    await eventually(async () => (await reader.settings.tenant('acme')).isBlocked);
    await eventually(async () => (await reader.settings.quotas()).virustotal === '2/min');
    await reader.redis.flushall();
    nowMs = 60_000;
    expect(await reader.settings.tenant('acme')).toEqual(blocked);
    expect(await reader.settings.quotas()).toEqual(quotas);
    heard.length = 0;
    await reader.redis.publish('settings', JSON.stringify({ kind: 'any' }));
    await eventually(() => heard.length > 0);
    expect(await reader.settings.tenant('acme')).toEqual(blocked);
    expect(await reader.settings.quotas()).toEqual(quotas);
  });

  test('let nothing leave of a tenant of which there is no copy, and say why; it is not blocked', async () => {
    const { settings, redis } = open({ monotonicMs: () => 0 }, own.url);
    await publish(settings, [blocked], quotas);
    await redis.flushall();
    for (const process of [settings, open({}, own.url).settings]) {
      const policy = await process.tenant('other');
      expect(policy.isBlocked).toBe(false);
      expect(Object.values(policy.release).flat()).toEqual([]);
      expect(whyWithheld(policy, 'clear', 'visit')).toBe("the tenant's settings are being restored");
      const refused = { code: 'not-released', disposition: 'retry' };
      expect(() => requireReleased(policy, 'clear', 'lookup')).toThrow(expect.objectContaining(refused));
    }
    const late = open({}, own.url).settings;
    expect(whyWithheld(await late.tenant('acme'), 'clear', 'visit')).toMatch(/restored/);
    expect(await late.quotas()).toEqual({});
  });

  test('hold again once they are published, for all who had no copy as well', async () => {
    const { settings, redis } = open({ monotonicMs: () => 0 }, own.url);
    expect(await settings.isPublished()).toBe(false);
    expect(whyWithheld(await settings.tenant('other'), 'clear', 'visit')).toMatch(/restored/);
    const gateway = open({}, own.url).settings;
    await publish(gateway, [blocked], quotas);
    expect(await settings.isPublished()).toBe(true);
    expect(await settings.tenant('other')).toEqual(policyOf('other'));
    expect(await settings.tenant('acme')).toEqual(blocked);
    await redis.del('settings:tenants');
    expect(await settings.isPublished()).toBe(false);
    await publish(gateway, [blocked], quotas);
    for (const hash of ['settings:quotas', 'settings:switches']) {
      await redis.del(hash);
      expect(await settings.isPublished()).toBe(false);
      await publish(gateway, [blocked], quotas);
      expect(await settings.isPublished()).toBe(true);
    }
  });

  test('are not taken for whole where they were lost while they were being published', async () => {
    const { settings, redis } = open({}, own.url);
    await redis.hset('settings:tenants', 'acme', JSON.stringify(blocked));
    await settings.publishTenants(async () => {
      await redis.flushall();
      return [blocked];
    });
    await settings.publishQuotas(async () => Promise.resolve(new Map()));
    await settings.publishSwitches(async () => Promise.resolve(new Map()));
    expect(await settings.isPublished()).toBe(false);
    expect(Object.values((await open({}, own.url).settings.tenant('acme')).release).flat()).toEqual([]);
    await publish(settings, [blocked]);
    expect(await settings.isPublished()).toBe(true);
    expect(await settings.tenant('acme')).toEqual(blocked);
  });
});

describe('what is published', () => {
  const stored = async (redis: Redis) => {
    const { 'settings:epoch': _epoch, ...policies } = await redis.hgetall('settings:tenants');
    return Object.fromEntries(
      Object.entries(policies).map(([tenant, text]) => [tenant, TenantPolicy.parse(JSON.parse(text)).name]),
    );
  };

  test('replaces what is older than the record, and removes what the record has not', async () => {
    const { settings, redis } = open();
    await publish(settings, [policyOf('kept'), policyOf('changed', { name: 'Old' }), policyOf('removed')]);
    await publish(settings, [policyOf('kept'), policyOf('changed', { name: 'New' }), policyOf('new')]);
    expect(await stored(redis)).toEqual({ kept: 'kept', changed: 'New', new: 'new' });
  });

  test('by many at once is the record, and leaves alone what was changed meanwhile', async () => {
    const gateways = [open(), open(), open()];
    const many = Array.from({ length: 450 }, (_, at) => policyOf(`tenant-${at}`));
    await Promise.all(gateways.map(({ settings }) => publish(settings, many)));
    const [one, other] = gateways.map(({ settings }) => settings) as [Settings, Settings];
    await one.publishTenants(async () => {
      await other.putTenant(policyOf('tenant-7', { name: 'Newer' }));
      return many.map((policy) => ({ ...policy, name: 'Recorded' }));
    });
    const names = await stored(gateways[0]?.redis as Redis);
    expect(names['tenant-7']).toBe('Newer');
    expect(Object.values(names).filter((name) => name === 'Recorded')).toHaveLength(449);
    await publish(one);
  });

  test('is told of where something was changed, and only there', async () => {
    const reader = open();
    const heard = await hearing(reader.settings);
    const { settings } = open();
    await publish(settings, [policyOf('told')]);
    await eventually(() => heard.some(({ kind }) => kind === 'any'));
    const before = heard.length;
    await publish(settings, [policyOf('told')]);
    await settings.putTenant(policyOf('last'));
    await eventually(() => heard.some((change) => change.kind === 'tenant' && change.tenant === 'last'));
    expect(heard.slice(before)).toEqual([{ kind: 'tenant', tenant: 'last' }]);
  });
});
