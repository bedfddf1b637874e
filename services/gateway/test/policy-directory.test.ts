import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { SluiceError } from '@sluice/contracts';
import { createCache } from '@sluice/fleet/cache';
import { closeRedis, connectRedis, type Redis } from '@sluice/fleet/redis';
import { startRedis, type TestRedis } from '@sluice/testkit';
import { type AddressDirectory, createAddressDirectory, policyNamespace } from '../src/policy/directory.ts';

let server: TestRedis;
let redis: Redis;
beforeAll(async () => {
  server = await startRedis({ policy: 'allkeys-lru' });
  redis = connectRedis(server.url, { name: 'test' });
});
afterAll(async () => {
  await closeRedis(redis);
  await server.stop();
});

/** The entries of the record, how often it was asked, and whether it is away. */
const world = { entries: new Map<string, boolean>(), asked: [] as string[], isAway: false, nowMs: Date.now() };
beforeEach(async () => {
  await redis.flushall();
  Object.assign(world, { entries: new Map(), asked: [], isAway: false });
});

const addresses = {
  async find(address: string) {
    world.asked.push(address);
    if (world.isAway) throw new SluiceError('record-away', 'The database does not answer.', { disposition: 'retry' });
    const isActive = world.entries.get(address);
    return isActive === undefined ? null : { tenant: 'acme', isActive };
  },
};

/** A directory with a memory of its own, as each process has. */
async function using(work: (directory: AddressDirectory) => Promise<void>, tag: string | null = '+'): Promise<void> {
  const cache = createCache({ redis, leases: redis, now: () => world.nowMs });
  const namespace = cache.namespace(policyNamespace({ version: 1, hitSeconds: 300, tag }));
  try {
    await work(createAddressDirectory({ namespace, addresses, tag }));
  } finally {
    await cache.stop();
  }
}

async function look(directory: AddressDirectory, written: string) {
  const forms = directory.formsOf(written);
  if (forms === null) throw new Error('no address');
  const { fact, source } = await directory.find(forms);
  return { entry: fact?.entry ?? null, isActive: fact?.isActive ?? false, source };
}

describe('an address', () => {
  test('is decided by its own entry, then that of its mailbox, then that of its domain', async () => {
    world.entries.set('@a.example', true).set('ann@a.example', false).set('ann+x@a.example', true);
    await using(async (directory) => {
      expect(await look(directory, 'Ann+X@A.example')).toMatchObject({ entry: 'ann+x@a.example', isActive: true });
      expect(await look(directory, 'ann+y@a.example')).toMatchObject({ entry: 'ann@a.example', isActive: false });
      expect(await look(directory, 'bob@a.example')).toMatchObject({ entry: '@a.example', isActive: true });
      expect(await look(directory, 'bob@b.example')).toMatchObject({ entry: null, isActive: false });
    });
    await redis.flushall();
    await using(async (directory) => {
      expect(await look(directory, 'ann+y@a.example')).toMatchObject({ entry: '@a.example' });
    }, null);
  });

  test('that may have its mail is asked for again after 300 s, one that may not after 60', async () => {
    world.entries.set('ann@a.example', true).set('shut@a.example', false);
    await using(async (directory) => {
      const sources = async () => {
        const names = ['ann@a.example', 'shut@a.example', 'nobody@a.example'];
        return Promise.all(names.map(async (name) => (await look(directory, name)).source));
      };
      expect(await sources()).toEqual(['record', 'record', 'record']);
      world.nowMs += 59_000;
      expect(await sources()).toEqual(['memory', 'memory', 'memory']);
      world.nowMs += 2_000;
      expect(await sources()).toEqual(['memory', 'record', 'record']);
      world.nowMs += 238_000;
      expect((await look(directory, 'ann@a.example')).source).toBe('memory');
      world.nowMs += 2_000;
      expect((await look(directory, 'ann@a.example')).source).toBe('record');
    });
  });

  test('is asked for once for all processes', async () => {
    world.entries.set('ann@a.example', true);
    await using(async (one) => {
      await using(async (two) => {
        expect((await look(one, 'ann@a.example')).source).toBe('record');
        expect((await look(two, 'ann@a.example')).source).toBe('cache');
        expect((await look(two, 'ann@a.example')).source).toBe('memory');
        expect(world.asked).toEqual(['ann@a.example']);
      });
    });
  });

  test('is known as it was while the record is away, for a day where it was ours, and nobody says that one is not', async () => {
    world.entries.set('ann@a.example', true);
    await using(async (directory) => {
      await look(directory, 'ann@a.example');
      await look(directory, 'nobody@a.example');
      world.isAway = true;
      expect(await look(directory, 'nobody@a.example')).toMatchObject({ entry: null, source: 'memory' });
      world.nowMs += 3_600_000;
      expect(await look(directory, 'ann@a.example')).toMatchObject({ isActive: true, source: 'stale' });
      await expect(look(directory, 'nobody@a.example')).rejects.toMatchObject({ code: 'record-away' });
      world.nowMs += 86_400_000;
      await expect(look(directory, 'ann@a.example')).rejects.toMatchObject({ code: 'record-away' });
    });
  });
});

describe('what was changed', () => {
  const names = ['ann@a.example', 'ann+x@a.example', 'bob@a.example', 'ann@b.example'];
  const askedAnew = async (directory: AddressDirectory) => {
    const answers = await Promise.all(names.map(async (name) => [name, (await look(directory, name)).source]));
    return answers.filter(([, source]) => source === 'record').map(([name]) => name);
  };

  test.each([
    ['ann@a.example', ['ann@a.example', 'ann+x@a.example']],
    ['ann+x@a.example', ['ann@a.example', 'ann+x@a.example']],
    ['@a.example', ['ann@a.example', 'ann+x@a.example', 'bob@a.example']],
    ['other@a.example', []],
  ])('is asked for anew with all that it may decide: %s', async (entry, anew) => {
    await using(async (directory) => {
      expect(await askedAnew(directory)).toEqual(names);
      expect(await askedAnew(directory)).toEqual([]);
      await directory.forget(entry);
      expect(await askedAnew(directory)).toEqual(anew);
    });
  });

  test('at a tenant is asked for anew for all that is its own', async () => {
    world.entries.set('@a.example', true);
    await using(async (directory) => {
      await askedAnew(directory);
      await directory.forgetTenant('acme');
      expect(await askedAnew(directory)).toEqual(names.slice(0, 3));
    });
  });
});

test('without a cache the record is asked each time', async () => {
  world.entries.set('ann@a.example', true);
  const directory = createAddressDirectory({ namespace: null, addresses, tag: '+' });
  await look(directory, 'ann@a.example');
  expect(await look(directory, 'ann@a.example')).toMatchObject({ source: 'record' });
  expect(world.asked).toHaveLength(2);
  await directory.forget('ann@a.example');
});
