import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { PolicyAnswer } from '@sluice/contracts';
import {
  eventually,
  freePort,
  startRedis,
  startTestPostgres,
  type TestPostgres,
  type TestRedis,
} from '@sluice/testkit';
import { exchange, MAIL, startGateway, type TestGateway } from './gateways.ts';

/** Far below the lifetimes, so that nothing but a notice brings a change by then; on a busy machine that takes its time. */
const SOON_MS = 5_000;

let cache: TestRedis;
let postgres: TestPostgres;
let gateway: TestGateway;
/** Another one of the same fleet. */
let other: TestGateway;
const ports = new Map<TestGateway, number>();

async function start(databaseUrl: string, server?: TestRedis): Promise<TestGateway> {
  const port = await freePort();
  const env = { CACHE_REDIS_URL: cache.url, POLICY_PORT: String(port) };
  const started = await startGateway(undefined, { env, databaseUrl, ...(server && { server }) });
  ports.set(started, port);
  return started;
}

beforeAll(async () => {
  [cache, postgres] = await Promise.all([startRedis({ policy: 'allkeys-lru' }), startTestPostgres()]);
  const databaseUrl = await postgres.createDatabase();
  gateway = await start(databaseUrl);
  other = await start(databaseUrl, gateway.server);
  await gateway.addKey('acme', 'admin');
});
afterAll(async () => {
  await other.clear();
  await gateway.clear();
  await Promise.all([cache.stop(), postgres.stop()]);
});

async function admin(method: string, path: string, body?: unknown): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  const response = await gateway.call(`/api/admin${path}`, init);
  expect([method, path, response.status < 300]).toEqual([method, path, true]);
  return response;
}
const enter = (address: string, more = {}) => admin('POST', '/addresses', { address, tenant: 'acme', ...more });

async function ask(recipient: string, at = gateway, key?: string): Promise<PolicyAnswer> {
  const init = key === undefined ? {} : { headers: { authorization: `Bearer ${key}` } };
  const query = new URLSearchParams({ recipient, sender: 'someone@sender.example' });
  const response = await at.call(`/api/policy?${query.toString()}`, init);
  expect(response.status).toBe(200);
  return PolicyAnswer.parse(await response.json());
}

/** As Postfix asks. */
async function askPostfixWay(recipient: string, at = gateway): Promise<string> {
  const port = ports.get(at) ?? 0;
  const request = `request=smtpd_access_policy\nprotocol_state=RCPT\nsender=\nrecipient=${recipient}\n\n`;
  const text = await exchange(port, request, '\n\n');
  return /^action=(.*)\n\n$/.exec(text)?.[1] ?? `not an answer: ${text}`;
}

const reasonAt = async (recipient: string, at: TestGateway) => (await ask(recipient, at)).reason;
const bothSay = (recipient: string, reason: string, ms = SOON_MS) =>
  eventually(async () => {
    const reasons = await Promise.all([gateway, other].map((at) => reasonAt(recipient, at)));
    return reasons.every((said) => said === reason);
  }, ms);

describe('a decision', () => {
  test('is the same over TCP and HTTP, on every gateway, for each way to write an address', async () => {
    await enter('Ann@Acme.example');
    await enter('@bücher.example');
    await enter('shut@acme.example', { isActive: false });
    for (const [recipient, reason, action] of [
      ['ANN@acme.EXAMPLE', 'known-recipient', 'DUNNO'],
      ['ann+news@acme.example', 'known-recipient', 'DUNNO'],
      ['anybody@xn--bcher-kva.example', 'known-recipient', 'DUNNO'],
      ['anybody@BÜCHER.example', 'known-recipient', 'DUNNO'],
      ['shut@acme.example', 'inactive-recipient', 'REJECT 5.2.1'],
      ['nobody@acme.example', 'unknown-recipient', 'REJECT 5.1.1'],
      ['@', 'no-address', 'REJECT 5.1.3'],
    ] as const) {
      for (const at of [gateway, other]) {
        const answer = await ask(recipient, at);
        expect([recipient, answer.reason]).toEqual([recipient, reason]);
        expect(answer.action.startsWith(action)).toBe(true);
        expect(await askPostfixWay(recipient, at)).toBe(answer.action);
      }
    }
  });

  test('comes from memory, then from the cache that all share, and is forgotten by its name', async () => {
    await enter('cached@acme.example');
    expect(await ask('cached@acme.example')).toMatchObject({ source: 'record', tenant: 'acme' });
    expect(await ask('cached@acme.example')).toMatchObject({ source: 'memory' });
    expect(await ask('cached@acme.example', other)).toMatchObject({ source: 'cache' });
    await admin('DELETE', '/cache/policy/cached@acme.example');
    expect(await ask('cached@acme.example')).toMatchObject({ source: 'record' });
  });

  test('says to a tenant of the addresses of others what is said of none', async () => {
    await enter('hidden@acme.example');
    expect(await ask('hidden@acme.example')).toMatchObject({ verdict: 'accept', tenant: 'acme' });
    const [own, foreign] = [await gateway.addKey('acme', 'submitter'), await gateway.addKey('rival', 'admin')];
    expect(await ask('hidden@acme.example', gateway, own)).toMatchObject({ verdict: 'accept', tenant: 'acme' });
    const hidden = await ask('hidden@acme.example', gateway, foreign);
    const { reason, action, tenant, verdict } = await ask('nobody-at-all@acme.example', gateway, foreign);
    expect(hidden).toMatchObject({ reason, action, tenant, verdict });
  });

  test('of many connections at once is each the own one', async () => {
    await Promise.all(['m1', 'm2', 'm3'].map((name) => enter(`${name}@acme.example`)));
    const names = Array.from({ length: 60 }, (_, n) => `m${n % 6}@acme.example`);
    const actions = await Promise.all(names.map((name) => askPostfixWay(name)));
    expect(actions.map((action) => action === 'DUNNO')).toEqual(names.map((name) => /^m[123]@/.test(name)));
  });
});

describe('a change', () => {
  test('of an address is seen by all gateways within a second: entered, shut, opened, removed', async () => {
    await bothSay('new@acme.example', 'unknown-recipient');
    await enter('new@acme.example');
    await bothSay('new@acme.example', 'known-recipient');
    await admin('PUT', '/addresses/new%40acme.example', { isActive: false });
    await bothSay('new@acme.example', 'inactive-recipient');
    await admin('PUT', '/addresses/new%40acme.example', { isActive: true });
    await bothSay('new@acme.example', 'known-recipient');
    await admin('DELETE', '/addresses/new%40acme.example');
    await bothSay('new@acme.example', 'unknown-recipient');
  });

  test('of a domain is seen for all of its addresses', async () => {
    await bothSay('any@wide.example', 'unknown-recipient');
    await enter('@wide.example');
    await bothSay('any@wide.example', 'known-recipient');
    await admin('DELETE', '/addresses/%40wide.example');
    await bothSay('any@wide.example', 'unknown-recipient');
  });

  test('of a tenant is seen: its plan, a block, its end', async () => {
    await admin('POST', '/tenants', { tenant: 'brief', name: 'Brief' });
    await enter('ann@brief.example', { tenant: 'brief' });
    await bothSay('ann@brief.example', 'known-recipient');
    await admin('PUT', '/tenants/brief', { name: 'Brief', isBlocked: true });
    await bothSay('ann@brief.example', 'tenant-blocked');
    await admin('DELETE', '/tenants/brief');
    await bothSay('ann@brief.example', 'unknown-recipient');
  });
});

describe('the rate of a plan', () => {
  const plan = (plan_: Record<string, number>) => admin('PUT', '/tenants/paced', { name: 'Paced', plan: plan_ });
  const submit = async (key: string, text: string) => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'message/rfc822' };
    const response = await gateway.job('', { method: 'POST', headers, body: `${MAIL}${text}` });
    expect(response.status).toBe(202);
    return ((await response.json()) as { jobId: string }).jobId;
  };

  test('counts: what is at work defers, and a mail that was processed makes room, on all gateways within two seconds', async () => {
    const key = await gateway.addKey('paced', 'analyst');
    await plan({ jobsInFlight: 1 });
    await enter('ann@paced.example', { tenant: 'paced' });
    await bothSay('ann@paced.example', 'known-recipient');
    const jobId = await submit(key, 'one');
    await bothSay('ann@paced.example', 'too-many-jobs', 2 * SOON_MS);
    expect(await askPostfixWay('ann@paced.example')).toMatch(/^DEFER_IF_PERMIT 4\.3\.2 /);
    const headers = { authorization: `Bearer ${key}` };
    expect((await gateway.job(`/${jobId}`, { method: 'DELETE', headers })).status).toBe(200);
    await bothSay('ann@paced.example', 'known-recipient', 2 * SOON_MS);
    await plan({ jobsPerDay: 1 });
    await bothSay('ann@paced.example', 'too-many-jobs-today', 2 * SOON_MS);
    await plan({ jobsPerDay: 2 });
    await bothSay('ann@paced.example', 'known-recipient', 2 * SOON_MS);
  });
});

test('while PostgreSQL is away, what is cached is known and everything else deferred, and then all is as before', async () => {
  await enter('kept@acme.example');
  await bothSay('kept@acme.example', 'known-recipient');
  await postgres.pause();
  try {
    expect(await askPostfixWay('kept@acme.example')).toBe('DUNNO');
    expect(await askPostfixWay('kept@acme.example', other)).toBe('DUNNO');
    expect(await askPostfixWay('never-asked@acme.example')).toMatch(/^DEFER_IF_PERMIT 4\.3\.0 /);
    expect(await ask('never-asked@acme.example')).toMatchObject({ verdict: 'unsure', reason: 'away' });
  } finally {
    await postgres.restart();
  }
  await eventually(async () => (await reasonAt('never-asked@acme.example', gateway)) === 'unknown-recipient', 10_000);
});

test('a gateway that stops ends the connections of Postfix, also those that say nothing', async () => {
  const third = await start(await postgres.createDatabase());
  const silent = connect(ports.get(third) ?? 0, '127.0.0.1');
  const closed = new Promise((resolve) => silent.once('close', resolve));
  silent.on('error', () => undefined).resume();
  await new Promise((resolve) => silent.once('connect', resolve));
  await third.stop();
  await closed;
  await third.clear();
});
