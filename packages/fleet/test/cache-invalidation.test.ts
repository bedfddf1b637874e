import { createServer, connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type Cache, type CacheConfig, createCache } from '@sluice/fleet/cache';
import { closeRedis, connectRedis, type Redis } from '@sluice/fleet/redis';
import { chooseSeed, eventually, seededRandom, startRedis, type TestRedis } from '@sluice/testkit';
import { z } from 'zod';

let cacheServer: TestRedis;
let queueServer: TestRedis;
let leases: Redis;
let direct: Redis;
const closing: (() => unknown)[] = [];

beforeAll(async () => {
  [cacheServer, queueServer] = await Promise.all([startRedis({ policy: 'allkeys-lru' }), startRedis()]);
  leases = connectRedis(queueServer.url, { name: 'leases' });
  direct = connectRedis(cacheServer.url, { name: 'direct' });
});
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});
afterAll(async () => {
  await Promise.all([closeRedis(leases), closeRedis(direct)]);
  await Promise.all([cacheServer.stop(), queueServer.stop()]);
});

/** The name of what brought it, and which asking it was. */
const schema = z.object({ score: z.number(), of: z.string() });
type Value = z.infer<typeof schema>;
const lifetimes = { version: 1, hitSeconds: 60, notFoundSeconds: 60, staleSeconds: 600, schema };
const tagsOf = (_value: Value | null, resource: string) => [`of ${resource.slice(0, 1)}`];

function openCache({ url = cacheServer.url, ...options }: Partial<CacheConfig> & { url?: string } = {}): Cache {
  const redis = connectRedis(url, { name: 'cache' });
  const cache = createCache({ redis, leases, redisTimeoutMs: 500, ...options });
  closing.push(async () => {
    await cache.stop();
    redis.disconnect();
  });
  return cache;
}

const openNamespace = (name: string, options: Partial<CacheConfig> & { url?: string; blindMs?: number } = {}) => {
  const { blindMs, ...config } = options;
  return openCache(config).namespace({ ...lifetimes, name, tagsOf, ...(blindMs === undefined ? {} : { blindMs }) });
};
const answer = (score: number, of = 'x') => ({ score, of });

async function scriptRuns(): Promise<number> {
  const stats = await leases.info('commandstats');
  return Number(/cmdstat_evalsha:calls=(\d+)/.exec(stats)?.[1] ?? 0);
}

/** Asks that are answered one by one, in the order of asking. */
function createProvider() {
  const calls: { resolve: (value: Value | null) => void }[] = [];
  return {
    calls: () => calls.length,
    ask: () => new Promise<Value | null>((resolve) => calls.push({ resolve })),
    reply: async (at: number, value: Value | null) => {
      await eventually(() => calls.length > at);
      calls[at]?.resolve(value);
    },
  };
}

/** A way to the cache's server that can be cut without a word, and healed. */
async function openProxy() {
  const pairs = new Set<[Socket, Socket]>();
  let isCut = false;
  const server = createServer((inner) => {
    const outer = connect(Number(new URL(cacheServer.url).port), '127.0.0.1');
    const pair: [Socket, Socket] = [inner, outer];
    pairs.add(pair);
    inner.on('error', () => undefined).on('close', () => outer.destroy());
    outer.on('error', () => undefined).on('close', () => inner.destroy());
    inner.on('data', (data) => void (isCut || outer.write(data)));
    outer.on('data', (data) => void (isCut || inner.write(data)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const end = () => {
    for (const socket of [...pairs].flat()) socket.destroy();
    pairs.clear();
  };
  closing.push(() => {
    end();
    server.close();
  });
  const address = server.address();
  return {
    url: `redis://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    cut: () => {
      isCut = true;
    },
    heal: () => {
      isCut = false;
      end();
    },
  };
}

describe('what is forgotten', () => {
  const ways = {
    key: (namespace: ReturnType<typeof openNamespace>) => namespace.invalidate('a1', { tenant: 'acme' }),
    tag: (namespace: ReturnType<typeof openNamespace>) => namespace.invalidateTag('of a'),
    tenant: (namespace: ReturnType<typeof openNamespace>) => namespace.invalidateTenant('acme'),
    namespace: (namespace: ReturnType<typeof openNamespace>) => namespace.invalidateAll(),
  };
  const stays: Record<keyof typeof ways, string[]> = {
    key: ['a2 acme', 'a1 globex', 'b1 acme'],
    tag: ['b1 acme'],
    tenant: ['a1 globex'],
    namespace: [],
  };
  const all = ['a1 acme', 'a2 acme', 'a1 globex', 'b1 acme'];

  test.each(Object.keys(ways) as (keyof typeof ways)[])(
    'by %s is gone from the memory of all processes and from Redis, and nothing else is',
    async (way) => {
      const name = `by-${way}`;
      const [one, two] = [openNamespace(name), openNamespace(name)];
      const read = (namespace: typeof one, place: string) => {
        const [resource = '', tenant = ''] = place.split(' ');
        return namespace.get(resource, { tenant });
      };
      for (const place of all) {
        const [resource = '', tenant = ''] = place.split(' ');
        await one.getOrAsk(resource, async () => answer(1), { tenant });
        await eventually(async () => expect(await read(two, place)).toMatchObject({ source: 'memory' }));
      }
      await ways[way](one);
      const gone = all.filter((place) => !stays[way].includes(place));
      for (const place of gone) expect(await read(one, place)).toBeUndefined();
      for (const place of gone) await eventually(async () => (await read(two, place)) === undefined);
      for (const place of stays[way]) expect(await read(two, place)).toMatchObject({ source: 'memory' });
      for (const place of gone) expect(await read(openNamespace(name), place)).toBeUndefined();
    },
  );

  test.each(Object.keys(ways) as (keyof typeof ways)[])(
    'by %s while it is asked for: the older answer is not stored, nor given to who asks afterwards in either process',
    async (way) => {
      const name = `flight-${way}`;
      const [one, two] = [openNamespace(name), openNamespace(name)];
      const provider = createProvider();
      const scope = { tenant: 'acme' };
      const before = one.getOrAsk('a1', provider.ask, scope);
      await eventually(() => provider.calls() === 1);
      await ways[way](two);
      const after = [one.getOrAsk('a1', provider.ask, scope), two.getOrAsk('a1', provider.ask, scope)];
      await provider.reply(0, answer(1));
      expect(await before).toMatchObject({ value: { score: 1 } });
      await provider.reply(1, answer(2));
      expect((await Promise.all(after)).map(({ value }) => value?.score)).toEqual([2, 2]);
      expect(await one.get('a1', scope)).toMatchObject({ value: { score: 2 } });
      expect(provider.calls()).toBe(2);
    },
  );

  test('between the storing of an answer and its telling is not given to who asks afterwards in either process', async () => {
    const gate = Promise.withResolvers<void>();
    let isTelling = false;
    const late = new Proxy(leases, {
      get(target, name, receiver) {
        if (name !== 'evalsha') return Reflect.get(target, name, receiver) as unknown;
        return async (...args: Parameters<Redis['evalsha']>) => {
          if (args.some((arg) => String(arg).includes('"answered"'))) {
            isTelling = true;
            await gate.promise;
          }
          return target.evalsha(...args);
        };
      },
    });
    const [one, two] = [openNamespace('telling', { leases: late }), openNamespace('telling')];
    const before = one.getOrAsk('a1', async () => answer(1));
    await eventually(() => isTelling);
    await two.invalidateTag('of a');
    await eventually(async () => (await one.get('a1')) === undefined);
    const after = [one, two].map((namespace) => namespace.getOrAsk('a1', async () => answer(2)));
    const boarded = await scriptRuns();
    await eventually(async () => (await scriptRuns()) > boarded + 1);
    gate.resolve();
    expect(await before).toMatchObject({ value: { score: 1 } });
    expect((await Promise.all(after)).map(({ value }) => value?.score)).toEqual([2, 2]);
  });

  test('while a process reads it does not stay in its memory', async () => {
    const [one, two] = [1, 2].map(() => {
      const cache = openCache();
      const options = { ...lifetimes, schema: z.object({ score: z.number(), of: z.string() }) };
      return {
        read: cache.namespace({ ...options, name: 'reading' }),
        beacon: cache.namespace({ ...options, name: 'b' }),
      };
    });
    // Unpacking it takes longer than a notice.
    const large = 'x'.repeat(4_000_000);
    for (let score = 1; score <= 15; score += 1) {
      await one?.read.put('a', answer(score, large));
      await one?.beacon.put('a', answer(score));
      await eventually(async () => expect(await two?.beacon.get('a')).toMatchObject({ value: { score } }));
      await eventually(async () => expect(await two?.beacon.get('a')).toMatchObject({ source: 'memory' }));
      const reading = two?.read.get('a');
      await new Promise(setImmediate);
      await one?.read.invalidate('a');
      await one?.beacon.put('a', answer(-score));
      await reading;
      await eventually(async () => expect(await two?.beacon.get('a')).toMatchObject({ value: { score: -score } }));
      expect(await two?.read.get('a')).toBeUndefined();
    }
  });

  test('is forgotten for "not known" as well', async () => {
    const namespace = openNamespace('unknown');
    await namespace.getOrAsk('a1', async () => null);
    expect(await namespace.get('a1')).toMatchObject({ value: null });
    await namespace.invalidateTag('of a');
    expect(await namespace.get('a1')).toBeUndefined();
  });

  test('is one command however many entries there are', async () => {
    const namespace = openNamespace('large');
    for (let i = 0; i < 200; i += 1) await namespace.put(`a${i}`, answer(i));
    const before = await direct.info('commandstats');
    await namespace.invalidateAll();
    const after = await direct.info('commandstats');
    const calls = (stats: string, name: string) =>
      Number(new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
    expect(calls(after, 'del') - calls(before, 'del')).toBe(0);
    expect(calls(after, 'scan') + calls(after, 'keys')).toBe(0);
    expect(await namespace.get('a7')).toBeUndefined();
  });

  test('stays forgotten when the server evicts what it noted about it', async () => {
    const [one, two] = [openNamespace('evicted'), openNamespace('evicted')];
    await one.getOrAsk('a1', async () => answer(1));
    await eventually(async () => expect(await two.get('a1')).toMatchObject({ source: 'memory' }));
    await one.invalidateTag('of a');
    await one.getOrAsk('b1', async () => answer(2));
    await eventually(async () => expect(await two.get('b1')).toMatchObject({ source: 'memory' }));
    await direct.del('cache-clock:evicted');
    expect(await openNamespace('evicted').get('b1')).toBeUndefined();
    expect(await openNamespace('evicted').get('a1')).toBeUndefined();
    await one.invalidate('c');
    await eventually(async () => (await two.get('b1')) === undefined);
  });

  test('leaves bounded notes: many tags are cleared away together with all that have tags', async () => {
    const tagged = openNamespace('notes');
    const plain = openCache().namespace({ ...lifetimes, name: 'notes', version: 2 });
    await tagged.getOrAsk('a1', async () => answer(1));
    await plain.getOrAsk('a1', async () => answer(1));
    for (let i = 0; i < 10_000; i += 1_000) {
      const marks = Array.from({ length: 1_000 }, (_, at) => [`t:=${i + at}`, 0]).flat();
      await direct.hset('cache-clock:notes', ...marks);
    }
    await tagged.invalidateTag('another');
    expect(await direct.hlen('cache-clock:notes')).toBeLessThan(10);
    expect(await openNamespace('notes').get('a1')).toBeUndefined();
    const other = openCache().namespace({ ...lifetimes, name: 'notes', version: 2 });
    expect(await other.get('a1')).toMatchObject({ value: { score: 1 } });
    expect(await direct.pttl('cache-clock:notes')).toBeGreaterThan(0);
  });
});

describe('a value that is put', () => {
  test('is not replaced by an older answer that was being asked for, and replaces copies elsewhere', async () => {
    const [one, two] = [openNamespace('put'), openNamespace('put')];
    await two.getOrAsk('b1', async () => answer(1));
    const provider = createProvider();
    const asking = one.getOrAsk('a1', provider.ask);
    await eventually(() => provider.calls() === 1);
    await two.put('a1', answer(2));
    await one.put('b1', answer(2));
    await provider.reply(0, answer(1));
    expect(await asking).toMatchObject({ value: { score: 1 } });
    expect(await one.get('a1')).toMatchObject({ value: { score: 2 } });
    await eventually(async () => (await two.get('b1'))?.value?.score === 2);
  });
});

describe('a connection that is cut without a word', () => {
  test('lets nothing stale live longer than the stated time, and what was forgotten meanwhile is gone when it heals', async () => {
    const proxy = await openProxy();
    const name = 'cut';
    const one = openNamespace(name);
    const [patient, short] = [60_000, 1_500].map((blindMs) => openNamespace(name, { url: proxy.url, blindMs }));
    await one.getOrAsk('a1', async () => answer(1));
    for (const namespace of [patient, short]) {
      await eventually(async () => expect(await namespace?.get('a1')).toMatchObject({ source: 'memory' }));
    }
    proxy.cut();
    await one.invalidate('a1');
    expect(await patient?.get('a1')).toMatchObject({ source: 'memory' });
    await eventually(async () => (await short?.get('a1')) === undefined);
    proxy.heal();
    await eventually(async () => (await patient?.get('a1')) === undefined);
  });

  test('costs no copy when nothing was forgotten meanwhile', async () => {
    const subscribers = async () => Number((await direct.pubsub('NUMSUB', 'cache:notices'))[1]);
    // Those of tests before.
    await eventually(async () => (await subscribers()) === 0);
    const proxy = await openProxy();
    // On a busy machine the connection may be back late: that is another story.
    const two = openNamespace('whole', { url: proxy.url, blindMs: 60_000 });
    const one = openNamespace('whole');
    await one.getOrAsk('a1', async () => answer(1));
    await eventually(async () => expect(await two.get('a1')).toMatchObject({ source: 'memory' }));
    await eventually(async () => (await subscribers()) === 2);
    proxy.cut();
    proxy.heal();
    await eventually(async () => (await subscribers()) === 1);
    await eventually(async () => (await subscribers()) === 2);
    // Verified when it can hear again: a notice that it hears comes after that.
    await one.put('b1', answer(1));
    await eventually(async () => expect(await two.get('b1')).toMatchObject({ source: 'memory' }));
    // The server has it no more: only a copy that was kept can answer. While the clocks are compared the server is asked instead.
    const entries = (await direct.keys('cache:*')).filter((key) => key.includes('whole') && key.includes('a1'));
    expect(await direct.del(...entries)).toBe(1);
    await eventually(async () => expect(await two.get('a1')).toMatchObject({ source: 'memory' }));
  });
});

test('no history of askings, puts and invalidations gives anyone an answer from before the last invalidation that it knows of', async () => {
  const seed = chooseSeed('cache histories');
  const random = seededRandom(seed);
  const pick = <T>(choices: readonly T[]): T => choices[Math.floor(random() * choices.length)] as T;
  const processes = [0, 1].map(() => {
    const cache = openCache();
    const namespace = cache.namespace({ ...lifetimes, name: 'history', tagsOf });
    return { namespace, beacon: cache.namespace({ ...lifetimes, name: 'history-beacon' }) };
  });
  /** Counts events; an answer bears the count at the moment when it was asked for. */
  let clock = 0;
  const forgotten = new Map<string, number>();
  const faults: string[] = [];
  const resources = ['a1', 'a2', 'b1'];
  const since = (resource: string) => Math.max(0, forgotten.get(resource) ?? 0);
  const forget = (names: string[], at: number) => {
    for (const name of names) forgotten.set(name, Math.max(since(name), at));
  };
  const pauses = () => new Promise((resolve) => setTimeout(resolve, random() * 4));

  /** Resolves when the other process has heard all that this one has forgotten: notices come in order. */
  async function untilHeard(walker: number): Promise<void> {
    const [mine, other] = [processes[walker % 2]?.beacon, processes[(walker + 1) % 2]?.beacon];
    const [resource, score] = [`beacon-${walker}`, ++clock];
    await eventually(async () => expect(await other?.get(resource)).toMatchObject({ source: 'memory' }));
    await mine?.put(resource, answer(score));
    await eventually(async () => expect(await other?.get(resource)).toMatchObject({ value: { score } }));
  }

  async function act(walker: number): Promise<void> {
    const namespace = processes[walker % 2]?.namespace;
    if (namespace === undefined) throw new TypeError('no such process');
    const resource = pick(resources);
    const choice = random();
    if (choice < 0.75) {
      const least = since(resource);
      const { value } = await namespace.getOrAsk(resource, async () => {
        const askedAt = ++clock;
        await pauses();
        return { score: askedAt, of: resource };
      });
      if (value?.of !== resource) faults.push(`${resource} got the answer of ${value?.of}`);
      if ((value?.score ?? 0) <= least) faults.push(`${resource} got ${value?.score}, forgotten at ${least}`);
      return;
    }
    const at = ++clock;
    const isMeant = (name: string) => choice >= 0.95 || (choice >= 0.85 ? name[0] === resource[0] : name === resource);
    if (choice < 0.85) await namespace.invalidate(resource);
    else if (choice < 0.95) await namespace.invalidateTag(`of ${resource.slice(0, 1)}`);
    else await namespace.invalidateAll();
    await untilHeard(walker);
    forget(resources.filter(isMeant), at);
  }

  const walkers = [0, 1, 2, 3, 4, 5];
  for (const walker of walkers) await processes[walker % 2]?.beacon.put(`beacon-${walker}`, answer(0));
  await Promise.all(
    walkers.map(async (walker) => {
      for (let step = 0; step < 60; step += 1) await act(walker);
    }),
  );
  expect(faults).toEqual([]);
}, 60_000);
