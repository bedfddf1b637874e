import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { TenantPolicy } from '@sluice/contracts';
import { type ApiKey, ERASURE, type Records } from '../src/index.ts';
import { endedRecord, jobId, jobRecord } from './job-records.ts';
import { type Bench, codeOf, makeBench } from './servers.ts';

let bench: Bench;
let records: Records;
beforeAll(async () => {
  bench = await makeBench();
});
beforeEach(async () => {
  records = await bench.open();
});
afterAll(() => bench.clear());

const uuid = (number: number): string => jobId(number);
const policy = (tenant: string, more: Partial<TenantPolicy> = {}) =>
  TenantPolicy.parse({ v: 1, tenant, name: tenant, ...more });
const key = (number: number, more: Partial<ApiKey> = {}): ApiKey => ({
  id: `key-${number}`,
  tenant: 'acme',
  role: 'analyst',
  name: 'A key',
  hash: number.toString(16).padStart(64, '0'),
  prefix: 'slk_1',
  createdMs: 1_000 + number,
  expiresMs: null,
  lastUsedMs: null,
  revokedMs: null,
  rotatedFrom: null,
  ...more,
});

describe('tenants', () => {
  test('are put, replaced, listed by id and removed with their keys and addresses', async () => {
    for (const tenant of ['b', 'c', 'a']) await records.tenants.put(policy(tenant), 1);
    const changed = policy('b', {
      isBlocked: true,
      shares: { virustotal: 0.5 },
      keys: { virustotal: `v1.${'n'.repeat(16)}.${'s'.repeat(22)}` },
    });
    await records.tenants.put(changed, 2);
    expect(await records.tenants.find('b')).toEqual(changed);
    expect(await records.tenants.find('x')).toBeNull();
    const { tenants, next } = await records.tenants.list({ limit: 2 });
    const { tenants: rest, next: end } = await records.tenants.list({ limit: 2, cursor: next ?? '' });
    expect([...tenants, ...rest].map(({ tenant }) => tenant)).toEqual(['a', 'b', 'c']);
    expect(end).toBeNull();
    await records.keys.create(key(1, { tenant: 'b' }));
    await records.keys.create(key(2));
    await records.addresses.put({
      address: 'x@b.example',
      tenant: 'b',
      isActive: true,
      note: null,
      createdMs: 1,
      updatedMs: 1,
    });
    expect(await records.tenants.remove('b')).toBe(true);
    expect(await records.tenants.remove('b')).toBe(false);
    expect([await records.keys.find('key-1'), await records.addresses.find('x@b.example')]).toEqual([null, null]);
    expect(await records.keys.find('key-2')).not.toBeNull();
  });
});

describe('API keys', () => {
  test('are found by id and hash, and listed by creation, newest first, a tenant or all', async () => {
    for (const one of [key(1), key(2, { tenant: 'other' }), key(3)]) await records.keys.create(one);
    expect(await records.keys.find('key-1')).toEqual(key(1));
    expect(await records.keys.findByHash(key(3).hash)).toEqual(key(3));
    expect([await records.keys.find('x'), await records.keys.findByHash('x')]).toEqual([null, null]);
    expect((await records.keys.list('acme')).keys.map(({ id }) => id)).toEqual(['key-3', 'key-1']);
    const { keys, next } = await records.keys.list(null, { limit: 2 });
    const { keys: rest } = await records.keys.list(null, { limit: 2, cursor: next ?? '' });
    expect([...keys, ...rest].map(({ id }) => id)).toEqual(['key-3', 'key-2', 'key-1']);
  });

  test('are refused where id or hash are taken', async () => {
    await records.keys.create(key(1));
    expect(await codeOf(records.keys.create(key(1, { hash: 'f'.repeat(64) })))).toBe('key-exists');
    expect(await codeOf(records.keys.create(key(1, { id: 'other' })))).toBe('key-exists');
  });

  test('are rotated in one step: the old one ends, never later than it would have', async () => {
    await records.keys.create(key(1, { expiresMs: 5_000 }));
    await records.keys.rotate('key-1', key(2, { rotatedFrom: 'key-1' }), 9_000);
    expect((await records.keys.find('key-1'))?.expiresMs).toBe(5_000);
    expect(await records.keys.find('key-2')).toEqual(key(2, { rotatedFrom: 'key-1' }));
    await records.keys.rotate('key-2', key(3, { rotatedFrom: 'key-2' }), 9_000);
    expect((await records.keys.find('key-2'))?.expiresMs).toBe(9_000);
    expect(await codeOf(records.keys.rotate('key-3', key(1), 1))).toBe('key-exists');
    expect((await records.keys.find('key-3'))?.expiresMs).toBeNull();
    expect(await codeOf(records.keys.rotate('x', key(4), 1))).toBe('key-gone');
  });

  test('are revoked once and for all', async () => {
    await records.keys.create(key(1));
    expect((await records.keys.revoke('key-1', 7))?.revokedMs).toBe(7);
    expect((await records.keys.revoke('key-1', 8))?.revokedMs).toBe(7);
    expect(await records.keys.revoke('x', 8)).toBeNull();
    expect(await codeOf(records.keys.rotate('key-1', key(2), 1))).toBe('key-gone');
    expect(await records.keys.find('key-2')).toBeNull();
  });

  test('remember the latest use, from whatever gateways and in whatever order', async () => {
    for (const one of [1, 2, 3]) await records.keys.create(key(one));
    const uses = Array.from(
      { length: 20 },
      (_, at) =>
        new Map(
          [
            ['key-1', at],
            ['key-2', 20 - at],
            ['gone', at],
          ].toSorted(() => (at % 2) - 0.5) as [string, number][],
        ),
    );
    await Promise.all(uses.map((times) => records.keys.used(times)));
    await records.keys.used(new Map());
    const used = await Promise.all(
      ['key-1', 'key-2', 'key-3'].map(async (id) => (await records.keys.find(id))?.lastUsedMs),
    );
    expect(used).toEqual([19, 20, null]);
  });
});

test('addresses are found in any case, replaced, listed by address and removed', async () => {
  const recipient = {
    address: 'ann@acme.example',
    tenant: 'acme',
    isActive: true,
    note: 'Ann',
    createdMs: 1,
    updatedMs: 1,
  };
  await records.addresses.put({ ...recipient, address: 'Ann@ACME.example' });
  await records.addresses.put({ ...recipient, isActive: false, createdMs: 5, updatedMs: 5 });
  const expected = { ...recipient, isActive: false, updatedMs: 5 };
  expect(await records.addresses.find('ANN@acme.EXAMPLE')).toEqual(expected);
  for (const address of ['b@x.example', 'a@x.example'])
    await records.addresses.put({ ...recipient, address, tenant: 'x' });
  const { addresses, next } = await records.addresses.list(null, { limit: 2 });
  const { addresses: rest } = await records.addresses.list(null, { limit: 2, cursor: next ?? '' });
  expect([...addresses, ...rest].map(({ address }) => address)).toEqual([
    'a@x.example',
    'ann@acme.example',
    'b@x.example',
  ]);
  expect((await records.addresses.list('acme')).addresses).toEqual([expected]);
  expect(await records.addresses.remove('ANN@acme.example')).toEqual(expected);
  expect(await records.addresses.remove('ANN@acme.example')).toBeNull();
});

test('an address is created once, whosever it is, and replaced by its tenant alone', async () => {
  const recipient = {
    address: 'Bea@once.example',
    tenant: 'acme',
    isActive: true,
    note: null,
    createdMs: 1,
    updatedMs: 1,
  };
  const stored = { ...recipient, address: 'bea@once.example' };
  const made = await Promise.all(
    ['acme', 'x', 'acme'].map((tenant) => records.addresses.create({ ...recipient, tenant })),
  );
  expect(made.filter(Boolean)).toHaveLength(1);
  const { tenant = '' } = (await records.addresses.find('bea@once.example')) ?? {};
  const change = { ...stored, isActive: false, note: 'shut', updatedMs: 5 };
  expect(await records.addresses.replace({ ...change, tenant: 'nobody' })).toBe(false);
  expect(await records.addresses.find('bea@once.example')).toEqual({ ...stored, tenant });
  expect(await records.addresses.replace({ ...change, tenant })).toBe(true);
  expect(await records.addresses.find('bea@once.example')).toEqual({ ...change, tenant });
  expect(await records.addresses.replace({ ...change, address: 'none@once.example', tenant })).toBe(false);
  await records.addresses.remove('bea@once.example');
});

test('the audit is filtered, paged newest first, and holds an entry once', async () => {
  const entry = (number: number, more = {}) => ({
    id: uuid(number),
    atMs: number,
    actor: 'key-1',
    tenant: 'acme',
    action: 'key.revoke',
    target: 'key-9',
    detail: { number },
    requestId: null,
    ...more,
  });
  for (const one of [
    entry(1),
    entry(1),
    entry(2, { actor: 'key-2', tenant: null }),
    entry(3, { action: 'tenant.put', target: 'acme' }),
  ]) {
    await records.audit.append(one);
  }
  const found = async (filter: object) => (await records.audit.list(filter)).entries.map(({ atMs }) => atMs);
  expect(await found({})).toEqual([3, 2, 1]);
  expect(await found({ tenant: 'acme' })).toEqual([3, 1]);
  expect(await found({ actor: 'key-2' })).toEqual([2]);
  expect(await found({ action: 'tenant.put', target: 'acme' })).toEqual([3]);
  expect(await found({ sinceMs: 2, untilMs: 3 })).toEqual([2]);
  const { entries, next } = await records.audit.list({}, { limit: 2 });
  expect(entries[1]).toEqual(entry(2, { actor: 'key-2', tenant: null }));
  expect((await records.audit.list({}, { limit: 2, cursor: next ?? '' })).entries).toEqual([entry(1)]);
  expect(await records.audit.dropOlder({ beforeMs: 3, limit: 1 })).toBe(1);
  expect(await records.audit.dropOlder({ beforeMs: 3, limit: 5 })).toBe(1);
  expect(await found({})).toEqual([3]);
});

test('an order to erase is open, however old, until an entry says that it is done; the oldest comes first', async () => {
  const entry = (number: number, action: string, target: string, tenant: string | null = 'acme') => {
    const rest = { actor: 'key-1', tenant, action, target, detail: {}, requestId: null };
    return records.audit.append({ id: uuid(number), atMs: number, ...rest });
  };
  const open = async (tenant?: string) => (await records.audit.openErasures(tenant)).map(({ id }) => id);
  await entry(3, ERASURE.ordered, 'acme');
  await entry(2, ERASURE.ordered, 'other', 'other');
  await entry(1, ERASURE.ordered, 'acme');
  await entry(9, ERASURE.ordered, 'nobody', null);
  for (let number = 1_000; number < 1_600; number += 1) {
    await entry(number, ERASURE.ordered, 'acme');
    await entry(number + 1_000, ERASURE.done, uuid(number));
  }
  expect(await open()).toEqual([1, 2, 3].map(uuid));
  expect(await open('acme')).toEqual([uuid(1), uuid(3)]);
  await entry(10, ERASURE.done, uuid(1));
  expect(await open('acme')).toEqual([uuid(3)]);
});

test('an id that is no UUID is answered as such, not as a fault of the record', async () => {
  const wrong = 'not-a-uuid';
  const { jobs, requests, deadLetters } = records;
  const ofJobs = [jobs.find(wrong), jobs.image(wrong), jobs.events(wrong, 0), jobs.tasks(wrong), jobs.report(wrong)];
  const asked = [...ofJobs, jobs.lastSeqs([wrong]), requests.find(wrong), deadLetters.list({ jobId: wrong })];
  expect(await Promise.all(asked.map(codeOf))).toEqual(asked.map(() => 'bad-id'));
});

test('a message that comes twice keeps its first job', async () => {
  const message = { messageId: 2 ** 40, tenant: 'acme', jobId: jobId(1), receivedMs: 5 };
  const kept = { ...message, isProcessed: false, processedMs: null };
  expect(await records.messages.receive(message)).toEqual(kept);
  expect(await records.messages.receive({ ...message, jobId: jobId(2), receivedMs: 6 })).toEqual(kept);
  expect(await records.messages.find(2 ** 40)).toEqual(kept);
  expect(await records.messages.find(1)).toBeNull();
  expect(await records.messages.dropOlder({ beforeMs: 6, limit: 5 })).toBe(1);
});

test('a message is processed when the record has the end of its job, once', async () => {
  const message = (n: number) => ({ messageId: n, tenant: 'acme', jobId: jobId(n), receivedMs: 5 });
  for (const n of [1, 2, 3]) await records.messages.receive(message(n));
  await records.jobs.write([endedRecord(1), endedRecord(2), jobRecord(3)]);
  expect(await records.messages.markProcessed({ nowMs: 9, limit: 1 })).toBe(1);
  expect(await records.messages.markProcessed({ nowMs: 9, limit: 5 })).toBe(1);
  expect(await records.messages.markProcessed({ nowMs: 10, limit: 5 })).toBe(0);
  expect(await records.messages.find(1)).toEqual({ ...message(1), isProcessed: true, processedMs: 9 });
  expect(await records.messages.find(3)).toEqual({ ...message(3), isProcessed: false, processedMs: null });
});

test('a batch grows, names each job once, and is listed newest first', async () => {
  const batch = { id: uuid(1), tenant: 'acme', name: 'Monday', createdMs: 1, jobIds: [jobId(1)] };
  await Promise.all([
    records.requests.put(batch),
    records.requests.put({ ...batch, jobIds: [jobId(2), jobId(1), jobId(2)] }),
  ]);
  expect((await records.requests.find(batch.id))?.jobIds.toSorted()).toEqual([jobId(1), jobId(2)]);
  await records.requests.put({ ...batch, id: uuid(2), tenant: 'other', createdMs: 2, jobIds: [] });
  expect(await records.requests.find(uuid(3))).toBeNull();
  const { requests, next } = await records.requests.list(null, { limit: 1 });
  expect(requests.map(({ id }) => id)).toEqual([uuid(2)]);
  expect((await records.requests.list(null, { cursor: next ?? '' })).requests.map(({ id }) => id)).toEqual([uuid(1)]);
  expect((await records.requests.list('acme')).requests.map(({ id }) => id)).toEqual([uuid(1)]);
  expect(await records.requests.dropOlder({ beforeMs: 2, limit: 5 })).toBe(1);
  expect((await records.requests.list(null)).requests.map(({ id }) => id)).toEqual([uuid(2)]);
});

test('the use of quotas is kept by the hour, and never shrinks', async () => {
  const use = (hourMs: number, units: number, quota = 'virustotal') => ({ quota, window: 'day UTC', hourMs, units });
  await Promise.all([
    records.quotaUsage.put([use(0, 5), use(0, 3), use(3_600_000, 2)]),
    records.quotaUsage.put([use(0, 4), use(0, 1, 'shodan')]),
    records.quotaUsage.put([]),
  ]);
  expect(await records.quotaUsage.since(0)).toEqual([use(0, 1, 'shodan'), use(0, 5), use(3_600_000, 2)]);
  expect(await records.quotaUsage.since(1, 'virustotal')).toEqual([use(3_600_000, 2)]);
  expect(await records.quotaUsage.dropOlder({ beforeMs: 1, limit: 9 })).toBe(2);
});

test('quotas that were set are replaced, listed by action and reset', async () => {
  const quota = (action: string, text: string, updatedMs = 1) => ({ action, text, updatedMs, updatedBy: 'key-1' });
  for (const action of ['virustotal', 'shodan@acme', 'shodan']) await records.quotaSettings.put(quota(action, '1/s'));
  await records.quotaSettings.put(quota('shodan', '4/min, 500/day UTC', 2));
  expect(await records.quotaSettings.remove('virustotal')).toBe(true);
  expect(await records.quotaSettings.remove('virustotal')).toBe(false);
  const expected = [quota('shodan', '4/min, 500/day UTC', 2), quota('shodan@acme', '1/s')];
  expect(await records.quotaSettings.list()).toEqual(expected);
});

test('what is switched off is replaced by a newer reason, listed, and gone when it is switched on', async () => {
  const off = (reason: string, sinceMs = 1) => ({ reason, sinceMs, by: 'key-1' });
  await records.switches.turnOff('shodan', off('first'));
  await records.switches.turnOff('email-scan', off('other'));
  await records.switches.turnOff('shodan', off('second', 2));
  expect(await records.switches.list()).toEqual(
    new Map([
      ['email-scan', off('other')],
      ['shodan', off('second', 2)],
    ]),
  );
  await records.switches.turnOn('shodan');
  await records.switches.turnOn('shodan');
  expect([...(await records.switches.list()).keys()]).toEqual(['email-scan']);
});
