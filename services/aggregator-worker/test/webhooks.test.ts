import { createHmac, randomBytes } from 'node:crypto';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterEach, describe, expect, test } from '@jest/globals';
import { type GoneWebhook, type NotifyInput, SluiceError, TenantPolicy, type Webhook } from '@sluice/contracts';
import { type Lookup, parseAllowList } from '@sluice/fleet/guard';
import { parseDataKey, seal } from '@sluice/fleet/settings';
import { makeIdentity } from '@sluice/testkit';
import { Webhook as Verifier } from 'standardwebhooks';
import { createSend } from '../src/webhooks/send.ts';
import { answering, type Receiver, startReceiver } from './receiver.ts';

const DATA_KEY = parseDataKey(randomBytes(32).toString('base64url'));
const SECRET = `whsec_${randomBytes(32).toString('base64')}`;
const JOB = '01890000-0000-7000-8000-000000000001';
const SUBJECT = '01890000-0000-7000-8000-000000000002';

const receivers: Receiver[] = [];
afterEach(() => Promise.all(receivers.splice(0).map((receiver) => receiver.stop())));

async function start(...args: Parameters<typeof startReceiver>): Promise<Receiver> {
  const receiver = await startReceiver(...args);
  receivers.push(receiver);
  return receiver;
}

const hookAt = (url: string, change: Partial<Webhook> = {}): Webhook => ({
  id: 'wh_0123456789abcdef',
  name: '',
  url,
  events: ['job.completed'],
  minVerdict: 'suspicious',
  secret: seal(DATA_KEY, SECRET),
  isActive: true,
  createdMs: 1,
  ...change,
});

const INPUT: NotifyInput = {
  v: 1,
  webhook: 'wh_0123456789abcdef',
  event: 'job.completed',
  subject: SUBJECT,
  atMs: 1_763_800_000_000,
  data: { jobId: SUBJECT, pipeline: 'email-scan', state: 'completed', revision: 1, verdict: 'malicious', score: 91.5 },
};

interface Options {
  input?: Partial<NotifyInput>;
  lookup?: Lookup;
  /** Ports of loopback that the operator permits; all receivers of the test where nothing is said. */
  permits?: number[];
  exchangeMs?: number;
  onGone?: (gone: GoneWebhook) => Promise<void>;
}

/** Sends to these webhooks as the worker does. */
function sender(webhooks: Webhook[], { lookup, permits, exchangeMs, onGone, input = {} }: Options = {}) {
  const ports = permits ?? receivers.map(({ port }) => port);
  const policy = TenantPolicy.parse({ v: 1, tenant: 'acme', name: 'Acme', webhooks });
  const send = createSend({
    rules: { tenant: (tenant) => Promise.resolve({ ...policy, tenant }) },
    dataKey: DATA_KEY,
    lookup: lookup ?? (() => Promise.reject(new Error('nobody asks for a name'))),
    allow: parseAllowList(ports.map((port) => `127.0.0.1:${port}`).join(',')).allow,
    onGone: onGone ?? (() => Promise.reject(new Error('nobody is gone'))),
    ...(exchangeMs === undefined ? {} : { exchangeMs }),
  });
  return (signal = new AbortController().signal, jobId = JOB) =>
    send({ ...INPUT, ...input }, { jobId, tenant: 'acme', signal });
}

const errorOf = async (sent: Promise<unknown>): Promise<SluiceError> => {
  const error: unknown = await sent.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof SluiceError) return error;
  throw new Error(`it did not fail as it should: ${String(error)}`);
};

describe('what a receiver gets', () => {
  test('is signed so that the reference library takes it, and is the envelope of Standard Webhooks', async () => {
    const { url, received } = await start();
    expect(await sender([hookAt(`${url}?team=1`)])()).toEqual({ status: 204 });
    const [{ path, headers, body }] = received as [(typeof received)[0]];
    expect(path).toBe('/hook?team=1');
    expect(headers).toMatchObject({ 'webhook-id': JOB, 'content-type': 'application/json' });
    expect(headers['user-agent']).toMatch(/^Sluice-Webhooks\/\d+\.\d+\.\d+$/);
    const message = { type: 'job.completed', timestamp: '2025-11-22T08:26:40.000Z', data: INPUT.data };
    expect(new Verifier(SECRET).verify(body, headers)).toEqual(message);
    expect(() => new Verifier(SECRET).verify(body.replace('malicious', 'clean'), headers)).toThrow(/signature/);
    const other = `whsec_${randomBytes(32).toString('base64')}`;
    expect(() => new Verifier(other).verify(body, headers)).toThrow(/signature/);
  });

  test('is signed as the specification has it: HMAC-SHA256 of id, moment and body', async () => {
    const { url, received } = await start();
    await sender([hookAt(url)])();
    const [{ headers, body }] = received as [(typeof received)[0]];
    const moment = headers['webhook-timestamp'] ?? '';
    expect(Math.abs(Number(moment) - Date.now() / 1_000)).toBeLessThan(60);
    const key = Buffer.from(SECRET.replace('whsec_', ''), 'base64');
    const mac = createHmac('sha256', key).update(`${JOB}.${moment}.${body}`).digest('base64');
    expect(headers['webhook-signature']).toBe(`v1,${mac}`);
  });

  test('has the same id and body with every try, and that of the first delivery where it is sent again', async () => {
    const { url, received } = await start();
    await sender([hookAt(url)])();
    await sender([hookAt(url)])();
    await sender([hookAt(url)], { input: { repeats: JOB } })(undefined, SUBJECT);
    expect(received.map(({ headers }) => headers['webhook-id'])).toEqual([JOB, JOB, JOB]);
    expect(new Set(received.map(({ body }) => body)).size).toBe(1);
  });

  test('is nothing, where the webhook is switched off or gone; but a test comes', async () => {
    const { url, received } = await start();
    expect(await sender([hookAt(url, { isActive: false })])()).toEqual({ status: null });
    expect(await sender([])()).toEqual({ status: null });
    expect(received).toEqual([]);
    await sender([hookAt(url, { isActive: false })], { input: { event: 'webhook.test', data: {} } })();
    expect(received).toHaveLength(1);
  });
});

describe('an answer that does not take it', () => {
  test.each([
    [500, {}, 'webhook-refused', 'retry'],
    [404, {}, 'webhook-refused', 'retry'],
    [302, { location: 'https://elsewhere.example/' }, 'webhook-refused', 'retry'],
    [429, {}, 'webhook-refused', 'retry'],
    [500, { 'retry-after': '60' }, 'webhook-refused', 'retry'],
    [410, {}, 'webhook-gone', 'give-up'],
  ])('%s %j is %s, %s', async (status, headers, code, disposition) => {
    const { url } = await start(answering(status, headers));
    const gone: GoneWebhook[] = [];
    const onGone = (one: GoneWebhook) => Promise.resolve(void gone.push(one));
    const error = await errorOf(sender([hookAt(url)], { onGone })());
    expect(error).toMatchObject({ code, disposition });
    expect(error.message).toContain(String(status));
    expect(gone).toEqual(status === 410 ? [{ v: 1, tenant: 'acme', webhook: INPUT.webhook }] : []);
  });

  test.each([
    [429, '60', 60_000],
    [503, '0', 0],
    [503, '999999999', 24 * 3_600_000],
    [503, '-5', 0],
  ])('%s with Retry-After %s comes again then', async (status, retryAfter, pauseMs) => {
    const { url } = await start(answering(status, { 'retry-after': retryAfter }));
    const beforeMs = Date.now();
    const { disposition, retryAtMs = 0 } = await errorOf(sender([hookAt(url)])());
    expect(disposition).toBe('retry-at');
    expect(retryAtMs).toBeGreaterThanOrEqual(beforeMs + pauseMs);
    expect(retryAtMs).toBeLessThanOrEqual(Date.now() + pauseMs);
  });

  test('a Retry-After that is a date is honoured, and nonsense is none', async () => {
    const atMs = Math.floor(Date.now() / 1_000) * 1_000 + 3_600_000;
    const dated = await start(answering(503, { 'retry-after': new Date(atMs).toUTCString() }));
    const { retryAtMs = 0 } = await errorOf(sender([hookAt(dated.url)])());
    expect(Math.abs(retryAtMs - atMs)).toBeLessThan(1_000);
    const nonsense = await start(answering(503, { 'retry-after': 'soon' }));
    expect((await errorOf(sender([hookAt(nonsense.url)])())).disposition).toBe('retry');
  });

  test('a redirect is followed nowhere', async () => {
    const trap = await start();
    const { url } = await start((response) => void response.writeHead(307, { location: trap.url }).end());
    expect((await errorOf(sender([hookAt(url)])())).code).toBe('webhook-refused');
    expect(trap.connections()).toBe(0);
  });
});

describe('a receiver that does not answer', () => {
  test('is given up after its time, also in the middle of its head', async () => {
    const silent = await start(() => undefined);
    const dripping = await start((_response, request) => void request.socket.write('HTTP/1.1 200 OK\r\nx: '));
    for (const { url } of [silent, dripping]) {
      const error = await errorOf(sender([hookAt(url)], { exchangeMs: 100 })());
      expect(error).toMatchObject({ code: 'webhook-late', disposition: 'retry' });
    }
  });

  test('has delivered once its head is there, however long or broken its body is', async () => {
    const endless = await start((response) => {
      response.writeHead(200);
      const more = () => void (response.destroyed || response.write('x'.repeat(1_024), () => setImmediate(more)));
      more();
    });
    const broken = await start((response, request) => {
      response.writeHead(200, { 'content-length': '100' }).write('x');
      setImmediate(() => request.socket.destroy());
    });
    const stuck = await start((response) => void response.writeHead(202).write('x'));
    expect(await sender([hookAt(endless.url)])()).toEqual({ status: 200 });
    expect(await sender([hookAt(broken.url)])()).toEqual({ status: 200 });
    expect(await sender([hookAt(stuck.url)], { exchangeMs: 200 })()).toEqual({ status: 202 });
  });

  test('that is not there, is no HTTP, or whose head is endless, is tried again', async () => {
    const gone = await startReceiver();
    await gone.stop();
    const strange = await start((_response, request) => void request.socket.end('hello\r\n\r\n'));
    const huge = await start((response) => void response.writeHead(200, { x: 'x'.repeat(64_000) }).end());
    for (const { url, port } of [gone, strange, huge]) {
      const error = await errorOf(sender([hookAt(url)], { permits: [port] })());
      expect(error).toMatchObject({ code: 'webhook-connection', disposition: 'retry' });
    }
  });

  test('is not waited for by a worker that stops', async () => {
    const { url, received } = await start(() => undefined);
    const stopping = new AbortController();
    const sent = sender([hookAt(url)])(stopping.signal);
    const failed = expect(sent).rejects.toBe('shutdown');
    while (received.length === 0) await new Promise((resolve) => setImmediate(resolve));
    stopping.abort('shutdown');
    await failed;
  });
});

describe('a place that is not public', () => {
  test.each([
    'http://127.0.0.1:PORT/',
    'http://[::ffff:127.0.0.1]:PORT/',
    'http://2130706433:PORT/',
    'http://0x7f.1:PORT/',
    'http://169.254.169.254/latest/meta-data/',
    'http://10.0.0.1/',
    'http://[::1]:PORT/',
    'https://127.0.0.1:PORT/',
  ])('is refused for good, and nothing is connected to: %s', async (place) => {
    const trap = await start();
    const url = place.replace('PORT', String(trap.port));
    const error = await errorOf(sender([hookAt(url)], { permits: [] })());
    expect(error).toMatchObject({ code: 'webhook-private-address', disposition: 'give-up' });
    expect(trap.connections()).toBe(0);
  });

  test('is refused behind a name too, and a name that turns to it later is asked for once', async () => {
    const [receiver, trap] = [await start(), await start()];
    const answers = [['10.0.0.7'], ['127.0.0.1'], ['10.0.0.8']];
    const asked: string[] = [];
    const lookup: Lookup = (host) => Promise.resolve(answers[asked.push(host) - 1] ?? []);
    const send = sender([hookAt(`http://hooks.example:${receiver.port}/`)], { lookup, permits: [receiver.port] });
    expect(await errorOf(send())).toMatchObject({ code: 'webhook-private-address' });
    expect(await send()).toEqual({ status: 204 });
    expect(receiver.received[0]?.headers.host).toBe(`hooks.example:${receiver.port}`);
    expect(asked).toEqual(['hooks.example', 'hooks.example']);
    expect(await errorOf(send())).toMatchObject({ code: 'webhook-private-address' });
    expect(trap.connections()).toBe(0);
    expect(receiver.connections()).toBe(1);
  });

  test('a name without an address may have one later', async () => {
    const error = await errorOf(sender([hookAt('http://gone.example/')], { lookup: () => Promise.resolve([]) })());
    expect(error).toMatchObject({ code: 'webhook-dns', disposition: 'retry' });
  });
});

test('https needs a certificate that verifies: nothing is sent to who has none', async () => {
  const usual = getCACertificates('default');
  const identity = makeIdentity('hooks.example');
  const { port, received } = await start(undefined, identity);
  const lookup = () => Promise.resolve(['127.0.0.1']);
  const send = sender([hookAt(`https://hooks.example:${port}/`)], { lookup });
  expect(await errorOf(send())).toMatchObject({ code: 'webhook-tls', disposition: 'retry' });
  expect(received).toEqual([]);
  setDefaultCACertificates([...usual, identity.cert]);
  try {
    expect(await send()).toEqual({ status: 204 });
  } finally {
    setDefaultCACertificates(usual);
  }
});

test('what fails says nothing of URL and secret', async () => {
  const { url } = await start(answering(500));
  for (const place of [`${url}/token-4711`, 'http://10.0.0.1/token-4711']) {
    const error = await errorOf(sender([hookAt(place)])());
    const said = JSON.stringify([error.message, error.code]);
    for (const secret of ['token-4711', SECRET, '127.0.0.1', '10.0.0.1']) expect(said).not.toContain(secret);
  }
});

test('without a key to open secrets nothing is sent, and time may heal it', async () => {
  const { url, received } = await start();
  const policy = TenantPolicy.parse({ v: 1, tenant: 'acme', name: 'Acme', webhooks: [hookAt(url)] });
  const rules = { tenant: () => Promise.resolve(policy) };
  const [lookup, onGone] = [() => Promise.resolve([]), () => Promise.resolve()];
  const none = createSend({ rules, dataKey: undefined, lookup, allow: new Set(), onGone });
  const context = { jobId: JOB, tenant: 'acme', signal: new AbortController().signal };
  expect(await errorOf(none(INPUT, context))).toMatchObject({ code: 'no-data-key', disposition: 'retry' });
  expect(received).toEqual([]);
});
