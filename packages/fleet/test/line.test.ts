import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  createLine,
  createQuotas,
  type Line,
  type LineConfig,
  type Priority,
  type QuotaInput,
  type Quotas,
  reservedUse,
  withQuota,
} from '@sluice/fleet/rate-limit';
import { closeRedis, connectRedis, type Redis } from '@sluice/fleet/redis';
import { eventually, startRedis, type TestRedis } from '@sluice/testkit';

let server: TestRedis;
let redis: Redis;
let other: Redis;
/** What lines reported that no test expects. */
const faults: unknown[] = [];

beforeAll(async () => {
  server = await startRedis();
  redis = connectRedis(server.url, { name: 'line' });
  other = connectRedis(server.url, { name: 'line-other' });
});
afterAll(async () => {
  expect(faults).toEqual([]);
  await Promise.all([closeRedis(redis), closeRedis(other)]);
  await server.stop();
});

type Window = QuotaInput['windows'][number];
const sliding = (seconds: number, limit: number): Window => ({ kind: 'sliding', seconds, limit });

function quotasOf(name: string, windows: Window[], over: Redis = redis): Quotas {
  return createQuotas({ redis: over, quotas: [{ name, windows, marginMs: 0 }] });
}

type Given = Partial<Omit<LineConfig, 'redis' | 'quotas'>> & { quotas: Quotas; over?: Redis };

function lineOf({ quotas, over = redis, ...rest }: Given): Line {
  const onError = (error: unknown) => faults.push(error);
  return createLine({ redis: over, quotas, process: 'test', onGranted: async () => undefined, onError, ...rest });
}

interface Asked {
  tenant?: string;
  priority?: Priority;
  decides?: number;
  token?: string;
  weight?: number;
}

function parkIn(line: Line, quota: string, id: string, asked: Asked = {}) {
  const { tenant = 'a', priority = 'normal', decides = 0, token = id, weight } = asked;
  const question = { quota, id, tenant, priority, decides, token, timeoutMs: 1_000 };
  return line.park(weight === undefined ? question : { ...question, weight });
}

/** Grants that were delivered, in their order; each is redeemed and its slot released at once, so that the next one is free. */
function collect(quotas: Quotas) {
  const order: string[] = [];
  const tenants: string[] = [];
  let line: Line;
  const granting = {
    order,
    tenants,
    bind: (own: Line) => (line = own),
    onGranted: async (ticket: { quota: string; id: string; tenant: string }) => {
      order.push(ticket.id);
      tenants.push(ticket.tenant);
      const lease = await line.redeem(ticket.quota, ticket.id);
      if (lease !== null) await quotas.release(lease);
    },
  };
  return granting;
}

/** Parks while nobody grants, lets them be granted one after another, and says in which order the first so many were. */
async function orderOf(
  name: string,
  questions: [id: string, asked: Asked][],
  most = questions.length,
): Promise<{ order: string[]; tenants: string[] }> {
  const quotas = quotasOf(name, [sliding(0.001, 1)]);
  const granted = collect(quotas);
  const line = lineOf({ quotas, onGranted: granted.onGranted });
  granted.bind(line);
  for (const [id, asked] of questions) await parkIn(line, name, id, asked);
  await line.start();
  await eventually(() => granted.order.length >= most);
  await line.stop();
  return granted;
}

describe('the order of the line', () => {
  test('is by priority, then by what decides most, then by age', async () => {
    const { order } = await orderOf('order', [
      ['old', { decides: 1 }],
      ['low', { priority: 'low', decides: 1_000 }],
      ['young', { decides: 1 }],
      ['deciding', { decides: 7 }],
      ['high', { priority: 'high' }],
      ['urgent', { priority: 'urgent' }],
    ]);
    expect(order).toEqual(['urgent', 'high', 'deciding', 'old', 'young', 'low']);
  });

  test('gives a tenant with 10 waiting half of the slots beside one with 1,000', async () => {
    const many = Array.from({ length: 1_000 }, (_, n): [string, Asked] => [`big-${n}`, { tenant: 'big' }]);
    const few = Array.from({ length: 10 }, (_, n): [string, Asked] => [`small-${n}`, { tenant: 'small' }]);
    const { tenants } = await orderOf('fair', [...many, ...few], 40);
    const last = tenants.lastIndexOf('small');
    expect(tenants.slice(0, last + 1).filter((tenant) => tenant === 'small')).toHaveLength(10);
    expect(last + 1).toBeLessThanOrEqual(20);
  });

  test('gives by weight', async () => {
    const both = Array.from({ length: 40 }, (_, n): [string, Asked][] => [
      [`one-${n}`, { tenant: 'one' }],
      [`three-${n}`, { tenant: 'three', weight: 3 }],
    ]).flat();
    const { tenants } = await orderOf('weight', both);
    const first = tenants.slice(0, 40).filter((tenant) => tenant === 'three').length;
    expect(first).toBeGreaterThanOrEqual(29);
    expect(first).toBeLessThanOrEqual(31);
  });

  test('lends what a tenant does not use, and gives it no past when it comes back', async () => {
    const name = 'lend';
    const quotas = quotasOf(name, [sliding(0.001, 1)]);
    const granted = collect(quotas);
    const line = lineOf({ quotas, onGranted: granted.onGranted });
    granted.bind(line);
    for (let n = 0; n < 30; n++) await parkIn(line, name, `alone-${n}`, { tenant: 'alone' });
    await line.start();
    await eventually(() => granted.order.length === 30);
    await line.stop();

    const next = lineOf({ quotas, onGranted: granted.onGranted });
    granted.bind(next);
    for (let n = 0; n < 20; n++) await parkIn(next, name, `alone-again-${n}`, { tenant: 'alone' });
    for (let n = 0; n < 20; n++) await parkIn(next, name, `late-${n}`, { tenant: 'late' });
    await next.start();
    await eventually(() => granted.order.length === 70);
    await next.stop();
    const late = granted.tenants.slice(30, 50).filter((tenant) => tenant === 'late').length;
    expect(late).toBeGreaterThanOrEqual(9);
    expect(late).toBeLessThanOrEqual(11);
  });
});

describe('a question in the line', () => {
  test('is one, however often and by whomever it is parked; all who asked are told', async () => {
    const quotas = quotasOf('joined', [sliding(0.01, 1)]);
    const told: string[][] = [];
    const line = lineOf({ quotas, onGranted: async ({ tokens }) => void told.push(tokens.toSorted()) });
    expect(await parkIn(line, 'joined', 'q', { token: 'one' })).toBe('parked');
    expect(await parkIn(line, 'joined', 'q', { token: 'one' })).toBe('joined');
    expect(await parkIn(line, 'joined', 'q', { token: 'two', priority: 'urgent' })).toBe('joined');
    expect(await quotas.state('joined')).toMatchObject({ waiting: 1 });
    expect(await line.waiting('joined')).toMatchObject({ total: 1, byPriority: { urgent: 1, normal: 0 } });
    await line.start();
    await eventually(() => told.length > 0);
    expect(told[0]).toEqual(['one', 'two']);
    // One who comes after the grant redeems the slot himself.
    expect(await parkIn(line, 'joined', 'q', { token: 'three' })).toBe('granted');
    expect(await line.redeem('joined', 'q')).not.toBeNull();
    expect(await line.redeem('joined', 'q')).toBeNull();
    await line.stop();
  });

  test('is left by one, and leaves with the last', async () => {
    const quotas = quotasOf('left', [sliding(1, 1)]);
    const line = lineOf({ quotas });
    await parkIn(line, 'left', 'q', { token: 'one' });
    await parkIn(line, 'left', 'q', { token: 'two' });
    expect(await line.leave('left', 'q', 'one')).toBe(false);
    expect(await line.waiting('left')).toMatchObject({ total: 1 });
    expect(await line.leave('left', 'q', 'two')).toBe(true);
    expect(await line.waiting('left')).toMatchObject({ total: 0, oldestMs: 0 });
  });

  test('gets a slot for its call, which then counts like any other', async () => {
    const quotas = quotasOf('call', [sliding(1_000, 1)]);
    const use = quotas.use('call', { timeoutMs: 1_000 });
    const answers: string[] = [];
    const line: Line = lineOf({
      quotas,
      onGranted: async ({ quota, id }) => {
        const lease = await line.redeem(quota, id);
        answers.push(await withQuota(reservedUse(use, lease), async () => 'answer'));
      },
    });
    await parkIn(line, 'call', 'q');
    await line.start();
    await eventually(() => answers.length === 1);
    await line.stop();
    expect(await quotas.state('call')).toMatchObject({ windows: [{ used: 1, remaining: 0 }] });
    await expect(withQuota(use, async () => 'more')).rejects.toMatchObject({ code: 'quota-exhausted' });
  });

  test('out of bounds is not parked', async () => {
    const line = lineOf({ quotas: quotasOf('bounds', [sliding(1, 2)]) });
    await expect(parkIn(line, 'bounds', 'q', { token: 'x'.repeat(4_097) })).rejects.toThrow(RangeError);
    await expect(parkIn(line, 'bounds', 'q', { decides: 1_001 })).rejects.toThrow(RangeError);
    await expect(parkIn(line, 'other', 'q')).rejects.toMatchObject({ code: 'quota-unknown' });
  });
});

describe('a grant', () => {
  test('that is not redeemed gives its slot back, and the next one gets it', async () => {
    const quotas = quotasOf('lapsed', [sliding(1_000, 1)]);
    const granted: string[] = [];
    const line = lineOf({ quotas, reservationMs: 300, onGranted: async ({ id }) => void granted.push(id) });
    await parkIn(line, 'lapsed', 'first');
    await parkIn(line, 'lapsed', 'second');
    await line.start();
    await eventually(() => granted.includes('second'));
    expect(granted).toEqual(['first', 'second']);
    expect(await line.redeem('lapsed', 'first')).toBeNull();
    await line.stop();
  });

  test('that nobody wants any more gives its slot to the next one at once', async () => {
    const quotas = quotasOf('unwanted', [sliding(1_000, 1)]);
    const granted: string[] = [];
    const line: Line = lineOf({
      quotas,
      onGranted: async ({ quota, id }) => {
        granted.push(id);
        if (id === 'first') await line.leave(quota, id);
      },
    });
    await parkIn(line, 'unwanted', 'first');
    await parkIn(line, 'unwanted', 'second');
    await line.start();
    // The reservation itself would have held for 30 s.
    await eventually(() => granted.includes('second'));
    expect(await line.redeem('unwanted', 'first')).toBeNull();
    expect(await line.redeem('unwanted', 'second')).not.toBeNull();
    await line.stop();
  });

  test('whose delivery fails is delivered again', async () => {
    const quotas = quotasOf('again', [sliding(1_000, 1)]);
    let tries = 0;
    const errors: unknown[] = [];
    const line = lineOf({
      quotas,
      onError: (error) => errors.push(error),
      onGranted: async () => {
        tries++;
        if (tries < 3) throw new Error('the queue is away');
      },
    });
    await parkIn(line, 'again', 'q');
    await line.start();
    await eventually(() => tries === 3);
    expect(errors).toHaveLength(2);
    expect(await line.redeem('again', 'q')).not.toBeNull();
    await line.stop();
  });

  test('is told again, soon, to those who could not be told yet, and to nobody else', async () => {
    const quotas = quotasOf('busy', [sliding(1_000, 1)]);
    const told: string[][] = [];
    const line = lineOf({
      quotas,
      onGranted: async ({ tokens }) => {
        told.push(tokens.toSorted());
        return Promise.resolve(told.length < 4 ? tokens.filter((token) => token !== 'idle') : []);
      },
    });
    for (const token of ['busy', 'idle']) await parkIn(line, 'busy', 'q', { token });
    await line.start();
    // One reservation later they would wait in the line again.
    await eventually(() => told.length === 4, 8_000);
    expect(told).toEqual([['busy', 'idle'], ['busy'], ['busy'], ['busy']]);
    await line.stop();
    expect(await redis.zcard('quota:{busy}:line:due')).toBe(0);
  });

  test('is told to all who asked, also where another one has redeemed its slot before', async () => {
    const quotas = quotasOf('taken', [sliding(1_000, 1)]);
    let tries = 0;
    const told: string[] = [];
    const line: Line = lineOf({
      quotas,
      onError: () => undefined,
      onGranted: async ({ quota, id, tokens }) => {
        if (++tries > 1) return void told.push(...tokens);
        expect(await line.redeem(quota, id)).not.toBeNull();
        throw new Error('the queue is away');
      },
    });
    for (const token of ['one', 'two']) await parkIn(line, 'taken', 'q', { token });
    await line.start();
    await eventually(() => told.length > 0);
    expect(told.toSorted()).toEqual(['one', 'two']);
    await line.stop();
    expect((await redis.keys('quota:{taken}:line:[qt]:*')).length).toBe(0);
  });

  test('that lapses before everybody was told leaves the others where they stood', async () => {
    const quotas = quotasOf('untold', [sliding(1_000, 1)]);
    const told: [string, string[]][] = [];
    const line = lineOf({
      quotas,
      reservationMs: 300,
      onGranted: async ({ id, tokens }) => {
        told.push([id, tokens]);
        return Promise.resolve(tokens.filter((token) => token === 'busy' && !told.some(([each]) => each === 'next')));
      },
    });
    for (const token of ['busy', 'idle']) await parkIn(line, 'untold', 'q', { token });
    await line.start();
    await eventually(() => told.length > 1);
    expect(await parkIn(line, 'untold', 'next', { priority: 'urgent' })).toBe('parked');
    await eventually(() => told.at(-1)?.[0] === 'q' && told.some(([id]) => id === 'next'));
    expect(told.at(-1)).toEqual(['q', ['busy']]);
    await line.stop();
  });

  test('that some do not want is kept for those who were told of it', async () => {
    const quotas = quotasOf('partly', [sliding(1_000, 1)]);
    const told: string[][] = [];
    const line: Line = lineOf({
      quotas,
      onGranted: async ({ quota, id, tokens }) => {
        told.push(tokens);
        if (told.length === 1) return ['second'];
        await line.leave(quota, id, ...tokens);
        return [];
      },
    });
    for (const token of ['first', 'second']) await parkIn(line, 'partly', 'q', { token });
    await line.start();
    await eventually(() => told.length === 2);
    await line.stop();
    expect(told[1]).toEqual(['second']);
    expect(await line.redeem('partly', 'q')).not.toBeNull();
  });

  test('of a granter that dies is delivered by the next one, one lease later', async () => {
    const name = 'dies';
    const dying = connectRedis(server.url, { name: 'dying' });
    let hasDied = false;
    const first = lineOf({
      quotas: quotasOf(name, [sliding(1_000, 2)], dying),
      over: dying,
      process: 'first',
      granterLeaseMs: 600,
      reservationMs: 3_000,
      onError: () => undefined,
      onGranted: () => {
        // As a killed process: it neither answers nor says anything to Redis any more.
        hasDied = true;
        dying.disconnect();
        return new Promise(() => undefined);
      },
    });
    const told: string[] = [];
    const second = lineOf({
      quotas: quotasOf(name, [sliding(1_000, 2)], other),
      over: other,
      process: 'second',
      granterLeaseMs: 600,
      reservationMs: 3_000,
      onGranted: async ({ id }) => void told.push(id),
    });
    await first.start();
    await parkIn(second, name, 'q1');
    await eventually(() => hasDied);
    await second.start();
    await parkIn(second, name, 'q2');
    await eventually(() => told.includes('q1') && told.includes('q2'));
    expect(await second.redeem(name, 'q1')).not.toBeNull();
    await second.stop();
  });
});

test('a granter that stops leaves the line to another process at once', async () => {
  const name = 'handover';
  const quotas = quotasOf(name, [sliding(0.1, 1)]);
  const told: string[] = [];
  const [first, second] = ['first', 'second'].map((process) =>
    lineOf({ quotas, process, onGranted: async ({ id }) => void told.push(`${process} ${id}`) }),
  ) as [Line, Line];
  await first.start();
  await parkIn(first, name, 'q0');
  await eventually(() => told.includes('first q0'));
  await second.start();
  await parkIn(first, name, 'q1');
  await first.stop();
  const lease = await second.redeem(name, 'q0');
  if (lease !== null) await quotas.release(lease);
  // Within the patience of this test the lease of the first, 10 s, would not have ended.
  await eventually(() => told.includes('second q1'), 8_000);
  await second.stop();
});

describe('10,000 waiting questions of one provider', () => {
  const COUNT = 10_000;
  const name = 'crowd';
  /** Commands for each of 50 questions of another provider: parked, granted, told, redeemed, given back. */
  async function costOfOthers(provider: string): Promise<number> {
    const quotas = quotasOf(provider, [sliding(0.001, 1)]);
    const granted = collect(quotas);
    const line = lineOf({ quotas, onGranted: granted.onGranted });
    granted.bind(line);
    await line.start();
    await redis.config('RESETSTAT');
    for (let n = 1; n <= 50; n++) {
      await parkIn(line, provider, `q${n}`);
      await eventually(() => granted.order.length === n);
    }
    const cost = (await commands(redis)) / 50;
    await line.stop();
    return cost;
  }

  test('cost a bounded number of commands each, the others nothing, and leave no key that lives for ever', async () => {
    const alone = await costOfOthers('alone');
    const quotas = quotasOf(name, [sliding(1_000, 1)]);
    // The only slot is taken: all of them wait, and their granter with them.
    const slot = await quotas.take(name, { timeoutMs: 1_000 });
    const granted = collect(quotas);
    const line = lineOf({ quotas, onGranted: granted.onGranted });
    granted.bind(line);
    await redis.config('RESETSTAT');
    for (let n = 0; n < COUNT; n += 500) {
      const some = Array.from({ length: 500 }, (_, k) => parkIn(line, name, `q${n + k}`, { tenant: `t${k % 20}` }));
      await Promise.all(some);
    }
    const parked = (await commands(redis)) / COUNT;
    await line.start();
    expect(await line.waiting(name)).toMatchObject({ total: COUNT, byPriority: { normal: COUNT } });
    for (const key of await redis.keys(`quota:{${name}}*`)) expect(await redis.pttl(key)).toBeGreaterThan(0);
    const beside = await costOfOthers('beside');

    expect(granted.order).toEqual([]);
    if (slot.granted) await quotas.release(slot.lease);
    await quotas.configure({ name, windows: [sliding(0.001, 1)], marginMs: 0 });
    await redis.config('RESETSTAT');
    await line.look(name);
    await eventually(() => granted.order.length >= 500, 50_000);
    const granting = (await commands(redis)) / granted.order.length;
    await line.stop();
    process.stdout.write(
      `line: ${parked.toFixed(1)} commands to park, ${granting.toFixed(1)} to grant, tell and redeem; ` +
        `beside them another provider's question costs ${beside.toFixed(1)}, alone ${alone.toFixed(1)}\n`,
    );
    expect(parked).toBeLessThan(30);
    expect(granting).toBeLessThan(120);
    expect(beside).toBeLessThan(1.5 * alone);
  }, 120_000);
});

/** Commands that Redis ran, those inside of scripts among them. */
async function commands(client: Redis): Promise<number> {
  const stats = await client.info('commandstats');
  return [...stats.matchAll(/calls=(\d+)/g)].reduce((sum, [, calls]) => sum + Number(calls), 0);
}

test('two processes never let more through than the quota, and waste little of it', async () => {
  const name = 'door';
  const [limit, windowMs, runMs] = [20, 1_000, 6_000];
  const arrivals: number[] = [];
  const calls: number[] = [];
  const begunMs = performance.now();
  const lines = [redis, other].map((over, n) => {
    const quotas = quotasOf(name, [sliding(windowMs / 1_000, limit)], over);
    const line: Line = lineOf({
      quotas,
      over,
      process: `door-${n}`,
      onGranted: async ({ quota, id }) => {
        const lease = await line.redeem(quota, id);
        if (lease === null) return;
        const takenMs = performance.now();
        await withQuota(reservedUse(quotas.use(quota, { timeoutMs: 1_000 }), lease), async () => {
          await wait(10 * Math.random());
          arrivals.push(performance.now());
          await wait(10 * Math.random());
        });
        calls.push(performance.now() - takenMs);
      },
    });
    return line;
  }) as [Line, Line];
  await Promise.all(lines.map((line) => line.start()));
  const backlog = Array.from({ length: 300 }, (_, n) =>
    parkIn(lines[n % 2 === 0 ? 0 : 1], name, `q${n}`, { tenant: `t${n % 3}` }),
  );
  await Promise.all(backlog);
  await wait(Math.max(runMs - (performance.now() - begunMs), 0));
  await Promise.all(lines.map((line) => line.stop()));

  const sorted = arrivals.toSorted((a, b) => a - b);
  const spans = sorted.slice(limit).map((last, first) => last - (sorted[first] ?? 0));
  expect(Math.min(...spans)).toBeGreaterThanOrEqual(windowMs);
  const mean = calls.reduce((sum, ms) => sum + ms, 0) / calls.length;
  const spanMs = (sorted.at(-1) ?? 0) - (sorted[0] ?? 0);
  // The first full window is free at once; from then on a slot comes back one window and one call after it was taken.
  const possible = limit * (Math.floor(spanMs / (windowMs + mean)) + 1);
  process.stdout.write(
    `line: ${sorted.length} calls in ${Math.round(spanMs)} ms, ${((100 * sorted.length) / possible).toFixed(1)} % of what is possible ` +
      `(mean call ${mean.toFixed(1)} ms), ${((100 * sorted.length * windowMs) / (limit * (spanMs + windowMs))).toFixed(1)} % of the plain limit\n`,
  );
  expect(sorted.length / possible).toBeGreaterThan(0.8);
}, 60_000);

test('a line that is emptied tells all who wait, keeps whom it could not tell, and leaves others alone', async () => {
  const quotas = quotasOf('emptied', [sliding(3_600, 1)]);
  const others = quotasOf('kept', [sliding(3_600, 1)]);
  const [line, otherLine] = [lineOf({ quotas }), lineOf({ quotas: others })];
  // More than are read at a time, and one question that two ask.
  for (let n = 0; n < 120; n++) await parkIn(line, 'emptied', `q-${n}`);
  await parkIn(line, 'emptied', 'q-0', { token: 'second' });
  await parkIn(otherLine, 'kept', 'q-0');
  const told: string[] = [];
  const tell = (busy: string[]) => async (tokens: readonly string[]) => {
    told.push(...tokens);
    return Promise.resolve(busy);
  };
  await line.dismiss('emptied', tell(['second', 'q-7']));
  expect(new Set(told).size).toBe(121);
  expect((await line.waiting('emptied')).total).toBe(2);
  told.length = 0;
  await line.dismiss('emptied', tell([]));
  expect(told.toSorted()).toEqual(['q-7', 'second']);
  expect((await line.waiting('emptied')).total).toBe(0);
  expect((await otherLine.waiting('kept')).total).toBe(1);
});
