import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ApiKeyPage, AuditPage, CreatedApiKey, SessionView } from '@sluice/contracts';
import { eventually, startRedis, startTestPostgres, type TestRedis } from '@sluice/testkit';
import { WebSocket } from 'ws';
import { createJob, exchange, problemOf, startGateway, type TestGateway } from './gateways.ts';

let cache: TestRedis;
let gateway: TestGateway;
/** Another one of the same fleet. */
let other: TestGateway;
let databaseUrl: string;
const postgres = startTestPostgres();
const PROXIED = { TRUSTED_PROXIES: '1' };
beforeAll(async () => {
  cache = await startRedis({ policy: 'allkeys-lru' });
  databaseUrl = await (await postgres).createDatabase();
  const env = { CACHE_REDIS_URL: cache.url, ...PROXIED };
  gateway = await startGateway(undefined, { env, databaseUrl });
  other = await startGateway(undefined, { env, databaseUrl, server: gateway.server });
});
afterAll(async () => {
  await other.clear();
  await gateway.clear();
  await cache.stop();
  await (await postgres).stop();
});

/** Each test comes from an address of its own, so that none pays for the guesses of another. */
let address = 0;
const from = () => ({ 'x-forwarded-for': `198.51.100.${(address += 1)}` });

const whoAmI = (key: string, at = gateway, headers = from()) =>
  fetch(`${at.url}/api/session`, { headers: { authorization: `Bearer ${key}`, ...headers } });

async function post<T>(path: string, body: unknown, schema: { parse(value: unknown): T }): Promise<T> {
  const headers = { 'content-type': 'application/json' };
  const response = await gateway.call(path, { method: 'POST', headers, body: JSON.stringify(body) });
  expect([path, response.status]).toEqual([path, 201]);
  return schema.parse(await response.json());
}

const makeKey = (body: Record<string, unknown>) =>
  post('/api/admin/keys', { name: 'a key', role: 'analyst', ...body }, CreatedApiKey);

describe('a key', () => {
  test('opens the door of its tenant in its role, on every gateway, and is stored as a hash alone', async () => {
    const { key, view } = await makeKey({ role: 'submitter', lifeSeconds: 60 });
    expect(key).toMatch(new RegExp(`^slu_${view.id}_[\\w-]{43}$`));
    for (const at of [gateway, other]) {
      const seen = SessionView.parse(await (await whoAmI(key, at)).json());
      expect(seen).toMatchObject({ tenant: 'default', role: 'submitter', keyId: view.id, isOperator: false });
      expect(seen.expiresMs).toBe(view.expiresMs);
    }
    const stored = JSON.stringify(await gateway.records.keys.find(view.id));
    expect(stored).not.toContain(key.slice(-20));
    const listed = await (await gateway.call('/api/admin/keys')).text();
    expect(listed).toContain(view.id);
    expect(listed).not.toContain((await gateway.records.keys.find(view.id))?.hash);
  });

  test('that is wrong in its secret, unknown, or over opens nothing', async () => {
    const { key } = await makeKey({});
    const last = key.endsWith('A') ? 'B' : 'A';
    const over = await gateway.addKey('acme', 'admin', { expiresMs: Date.now() - 1 });
    for (const wrong of [`${key.slice(0, -1)}${last}`, `slu_${'a'.repeat(12)}_${'b'.repeat(43)}`, over, `${key}x`]) {
      expect(await problemOf(await whoAmI(wrong), gateway)).toMatchObject({ status: 401, code: 'unauthorized' });
    }
  });

  test('that is revoked opens nothing more on any gateway within a second, and its sessions end with it', async () => {
    const { key, view } = await makeKey({});
    const cookie = await openSession(key);
    expect((await whoAmI(key, other)).status).toBe(200);
    const response = await gateway.call(`/api/admin/keys/${view.id}`, { method: 'DELETE' });
    expect(response.status).toBe(204);
    expect((await whoAmI(key)).status).toBe(401);
    await eventually(async () => (await whoAmI(key, other)).status === 401, 1_000);
    expect((await fetch(`${other.url}/api/session`, { headers: { cookie, ...from() } })).status).toBe(401);
  });

  test('that is rotated stays valid for the grace alone', async () => {
    const old = await makeKey({});
    const next = await post(`/api/admin/keys/${old.view.id}/rotate`, {}, CreatedApiKey);
    expect(next.view).toMatchObject({ rotatedFrom: old.view.id, name: old.view.name, role: old.view.role });
    const statuses = await Promise.all([old.key, next.key].map(async (key) => (await whoAmI(key)).status));
    expect(statuses).toEqual([200, 200]);
    const last = await post(`/api/admin/keys/${next.view.id}/rotate`, { graceSeconds: 0 }, CreatedApiKey);
    expect((await whoAmI(last.key)).status).toBe(200);
    expect((await whoAmI(next.key)).status).toBe(401);
  });

  test('of a tenant that is blocked opens nothing, until it is not blocked any more', async () => {
    const key = await gateway.addKey('blocked', 'analyst');
    expect((await whoAmI(key)).status).toBe(200);
    const set = (isBlocked: boolean) => {
      const init = { method: 'PUT', headers: { 'content-type': 'application/json' } };
      return gateway.call('/api/admin/tenants/blocked', { ...init, body: JSON.stringify({ name: 'b', isBlocked }) });
    };
    expect((await set(true)).status).toBe(200);
    for (const at of [gateway, other]) {
      await eventually(async () => (await whoAmI(key, at)).status === 403, 1_000);
    }
    expect((await set(false)).status).toBe(200);
    await eventually(async () => (await whoAmI(key, other)).status === 200, 1_000);
  });

  test('of the file is listed, and changed by its file alone', async () => {
    const { items } = ApiKeyPage.parse(await (await gateway.call('/api/admin/keys?limit=500')).json());
    expect(items.filter(({ id }) => id === 'admin')).toMatchObject([{ role: 'admin', tenant: 'default' }]);
    const response = await gateway.call('/api/admin/keys/admin', { method: 'DELETE' });
    expect(await problemOf(response, gateway)).toMatchObject({ status: 409, code: 'key-is-a-file' });
  });

  test('of an admin makes and sees keys of its own tenant alone', async () => {
    const admin = await gateway.addKey('acme', 'admin');
    const headers = { authorization: `Bearer ${admin}`, 'content-type': 'application/json' };
    const make = (tenant: string) => {
      const body = JSON.stringify({ name: 'x', role: 'analyst', tenant });
      return gateway.call('/api/admin/keys', { method: 'POST', headers, body });
    };
    expect((await make('acme')).status).toBe(201);
    expect(await problemOf(await make('default'), gateway)).toMatchObject({ code: 'foreign-tenant' });
    const page = ApiKeyPage.parse(await (await gateway.call('/api/admin/keys?limit=500', { headers })).json());
    expect(new Set(page.items.map(({ tenant }) => tenant))).toEqual(new Set(['acme']));
  });

  test('and all that is done to it stands in the audit: who, what, when, and no secret', async () => {
    const beforeMs = Date.now();
    const { key, view } = await makeKey({ name: 'audited' });
    await post(`/api/admin/keys/${view.id}/rotate`, {}, CreatedApiKey);
    await gateway.call(`/api/admin/keys/${view.id}`, { method: 'DELETE' });
    const text = await (await gateway.call(`/api/admin/audit?target=${view.id}`)).text();
    const { items } = AuditPage.parse(JSON.parse(text));
    expect(items.map(({ action, actor, tenant }) => [action, actor, tenant])).toEqual(
      ['key.revoke', 'key.rotate', 'key.create'].map((action) => [action, 'admin', 'default']),
    );
    expect(items.every(({ atMs, requestId }) => atMs >= beforeMs && requestId !== null)).toBe(true);
    expect(text).not.toContain(key.slice(-20));
  });
});

async function openSession(key: string, headers: Record<string, string> = {}): Promise<string> {
  const response = await fetch(`${gateway.url}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...from(), ...headers },
    body: JSON.stringify({ key }),
  });
  expect(response.status).toBe(201);
  return response.headers.get('set-cookie') ?? '';
}

describe('a session', () => {
  test('is a cookie that no script reads and no other site sends; by TLS it goes by TLS alone', async () => {
    const cookie = await openSession(gateway.key);
    expect(cookie).toMatch(/^sluice_session=[\w-]{43}; Path=\/; Max-Age=43(1\d\d|200); HttpOnly; SameSite=Strict$/);
    expect(await openSession(gateway.key, { 'x-forwarded-proto': 'https' })).toMatch(/; Secure$/);
  });

  test('is kept as a hash, and expires', async () => {
    const token = (await openSession(gateway.key)).slice('sluice_session='.length).split(';')[0] ?? '';
    const names = await gateway.redis.keys('session:*');
    expect(names.length).toBeGreaterThan(0);
    expect(names.join()).not.toContain(token);
    for (const name of names) expect(await gateway.redis.ttl(name)).toBeGreaterThan(0);
  });

  test('reads, but changes something only with the header that shows our own page', async () => {
    const cookie = (await openSession(gateway.key)).split(';')[0] ?? '';
    const jobId = await createJob(gateway.jobs);
    const ask = (method: string, headers: Record<string, string> = {}) =>
      fetch(`${gateway.url}/api/pipeline/jobs/${jobId}${method === 'GET' ? '/status' : ''}`, {
        method,
        headers: { cookie, ...from(), ...headers },
      });
    expect((await ask('GET')).status).toBe(200);
    expect(await problemOf(await ask('DELETE'), gateway)).toMatchObject({ status: 403, code: 'cross-site' });
    // What looks like the beginning of a socket is none.
    const lines = [`DELETE /api/pipeline/jobs/${jobId} HTTP/1.1`, 'host: x', 'upgrade: h2c', 'connection: close'];
    const headers = Object.entries({ cookie, ...from() }).map(([name, value]) => `${name}: ${value}`);
    const head = `${[...lines, ...headers].join('\r\n')}\r\n\r\n`;
    expect(await exchange(gateway.port, head)).toMatch(/^HTTP\/1\.1 403 .*"cross-site"/s);
    expect((await ask('DELETE', { 'x-sluice-csrf': '1' })).status).toBe(200);
  });

  test('ends when it is closed', async () => {
    const cookie = (await openSession(gateway.key)).split(';')[0] ?? '';
    const headers = { cookie, 'x-sluice-csrf': '1', ...from() };
    expect((await fetch(`${gateway.url}/api/session`, { method: 'DELETE', headers })).status).toBe(204);
    expect((await fetch(`${gateway.url}/api/session`, { headers })).status).toBe(401);
  });

  test('opens a socket for our own page, and for no other one', async () => {
    const cookie = (await openSession(gateway.key)).split(';')[0] ?? '';
    const jobId = await createJob(gateway.jobs);
    const open = (origin: string) =>
      new Promise((resolve) => {
        const url = `${gateway.url.replace('http', 'ws')}/api/pipeline/ws/job/${jobId}`;
        const socket = new WebSocket(url, { headers: { cookie, origin, ...from() } });
        socket.once('open', () => {
          socket.terminate();
          resolve('open');
        });
        socket.once('unexpected-response', (_request, response) => {
          response.resume();
          resolve(response.statusCode);
        });
      });
    expect(await open(gateway.url)).toBe('open');
    expect(await open('https://evil.example')).toBe(403);
  });
});

describe('who guesses', () => {
  const wrong = (at: number) => `slu_${'g'.repeat(12)}_${String(at).padStart(43, 'x')}`;

  test('waits longer and longer, also with the right key; others do not', async () => {
    const here = { 'x-forwarded-for': '203.0.113.1' };
    const right = await gateway.addKey('acme', 'analyst');
    for (let at = 0; at < 10; at += 1) expect((await whoAmI(wrong(at), gateway, here)).status).toBe(401);
    expect((await whoAmI(wrong(10), gateway, here)).status).toBe(401);
    const refused = await whoAmI(right, other, here);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(await problemOf(refused, gateway)).toMatchObject({ status: 429, code: 'too-many-guesses' });
    expect((await whoAmI(right)).status).toBe(200);
    const held = await gateway.redis.hgetall('guesses:203.0.113.1');
    expect(held.n).toBe('11');
    expect(await gateway.redis.ttl('guesses:203.0.113.1')).toBeGreaterThan(0);
    await gateway.redis.hset('guesses:203.0.113.1', { n: 14, until: 0 });
    expect((await whoAmI(wrong(11), gateway, here)).status).toBe(401);
    expect(Number((await whoAmI(right, other, here)).headers.get('retry-after'))).toBeGreaterThan(10);
  });

  test('does not lock out who comes from there with a key that was right just now', async () => {
    const here = { 'x-forwarded-for': '203.0.113.2' };
    const right = await gateway.addKey('acme', 'analyst');
    expect((await whoAmI(right, gateway, here)).status).toBe(200);
    await gateway.redis.hset('guesses:203.0.113.2', { n: 20, until: Date.now() + 60_000 });
    expect((await whoAmI(right, gateway, here)).status).toBe(200);
    expect((await whoAmI(wrong(1), gateway, here)).status).toBe(429);
  });

  test('is known by the /64 of an IPv6 address', async () => {
    await gateway.redis.hset('guesses:2001:db8:1:2::', { n: 20, until: Date.now() + 60_000 });
    const ask = async (place: string) => (await whoAmI(wrong(1), gateway, { 'x-forwarded-for': place })).status;
    expect(await ask('2001:db8:1:2::1')).toBe(429);
    expect(await ask('2001:db8:1:2:ffff::9')).toBe(429);
    expect(await ask('2001:db8:1:3::1')).toBe(401);
  });
});

test('while PostgreSQL is away the file key and those in use open the door, an unknown one is 503, and it heals', async () => {
  const [used, unused] = [await gateway.addKey('acme', 'analyst'), await gateway.addKey('acme', 'analyst')];
  expect((await whoAmI(used)).status).toBe(200);
  await (await postgres).crash();
  try {
    expect((await whoAmI(used)).status).toBe(200);
    expect((await whoAmI(used, other)).status).toBe(200);
    expect((await whoAmI(gateway.key)).status).toBe(200);
    expect(await problemOf(await whoAmI(unused), gateway)).toMatchObject({ status: 503, code: 'record-away' });
    expect(await problemOf(await gateway.call('/api/admin/keys'), gateway)).toMatchObject({ code: 'record-away' });
  } finally {
    await (await postgres).restart();
  }
  await eventually(async () => (await whoAmI(unused)).status === 200);
});

test('when a key was last used is known after the gateway has stopped', async () => {
  const lonely = await startGateway(undefined, { databaseUrl });
  const key = await lonely.addKey('acme', 'analyst');
  const id = key.split('_')[1] ?? '';
  const beforeMs = Date.now();
  expect((await whoAmI(key, lonely)).status).toBe(200);
  await lonely.stop();
  expect((await gateway.records.keys.find(id))?.lastUsedMs).toBeGreaterThanOrEqual(beforeMs);
  await lonely.clear();
});
