import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Accepted, EmailScanInput } from '@sluice/contracts';
import { keysOf } from '@sluice/fleet/jobs';
import { closeRedis, connectRedis, type Redis } from '@sluice/fleet/redis';
import { openRecords, type Records } from '@sluice/records';
import {
  eventually,
  freePort,
  startRedis,
  startTestPostgres,
  type TestPostgres,
  type TestRedis,
} from '@sluice/testkit';
import { createTransport } from 'nodemailer';
import { parse } from '../src/config.ts';
import { openMailIntake } from '../src/intake/intake.ts';
import { createAddressDirectory } from '../src/policy/directory.ts';
import { MAIL, problemOf, silentLog, startGateway, type TestGateway } from './gateways.ts';
import { begin, type RawClient, rawClient, say } from './intake-servers.ts';

const CAP_BYTES = 25 * 1_024 * 1_024;
const JOB_ID = /[0-9a-f-]{36}/;

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startTestPostgres();
});
afterAll(() => postgres.stop());

async function addRecipients(records: Records): Promise<void> {
  const times = { note: null, createdMs: 1, updatedMs: 1 };
  await records.addresses.put({ address: 'ann@one.example', tenant: 'one', isActive: true, ...times });
  await records.addresses.put({ address: 'old@one.example', tenant: 'one', isActive: false, ...times });
  await records.addresses.put({ address: '@two.example', tenant: 'two', isActive: true, ...times });
}

/** Jobs that Redis holds. */
async function countJobs(redis: Redis): Promise<number> {
  return (await redis.keys('job:*')).filter((key) => !key.endsWith(':events')).length;
}

describe('POST /ingest', () => {
  let gateway: TestGateway;
  let keyOfOne: string;
  beforeAll(async () => {
    gateway = await startGateway({}, { databaseUrl: await postgres.createDatabase(), env: { INGEST_ENABLED: 'true' } });
    await addRecipients(gateway.records);
    keyOfOne = await gateway.addKey('one', 'submitter');
  });
  afterAll(() => gateway.clear());

  const ingest = (mail: string | Uint8Array<ArrayBuffer>, query = '', headers: Record<string, string> = {}) =>
    gateway.call(`/ingest${query}`, { method: 'POST', body: mail, headers });

  const asOne = () => ({ authorization: `Bearer ${keyOfOne}` });

  test('takes the mail in, whatever its type is called; the same bytes are the same job', async () => {
    const answers: Accepted[] = [];
    for (const type of ['message/rfc822', 'application/x-www-form-urlencoded', 'application/json']) {
      const response = await ingest(MAIL, '', { 'content-type': type });
      expect(response.status).toBe(202);
      answers.push(Accepted.parse(await response.json()));
    }
    expect(new Set(answers.map(({ jobId }) => jobId)).size).toBe(1);
    const job = await gateway.jobs.snapshot(answers[0]?.jobId ?? '');
    expect(job?.meta).toMatchObject({ tenant: 'default', pipeline: 'email-scan' });
    const { blob } = EmailScanInput.parse(job?.meta.input);
    expect(Buffer.from(await gateway.blobs.get(blob)).toString()).toBe(MAIL);
  });

  test('for a recipient the job is of that tenant, for an operator; others have their own recipients alone', async () => {
    const response = await ingest(`${MAIL}2`, '?recipient=Ann@One.Example');
    const { jobId } = Accepted.parse(await response.json());
    expect((await gateway.jobs.snapshot(jobId))?.meta.tenant).toBe('one');
    expect((await ingest(`${MAIL}3`, '', { 'x-original-to': '<anyone@two.example>' })).status).toBe(202);
    expect((await ingest(`${MAIL}3`, '?recipient=ann@one.example', asOne())).status).toBe(202);
    const refused = [
      await ingest(MAIL, '?recipient=anyone@two.example', asOne()),
      await ingest(MAIL, '?recipient=nobody@one.example', asOne()),
      await ingest(MAIL, '?recipient=old@one.example', asOne()),
    ];
    const problems = await Promise.all(refused.map((one) => problemOf(one, gateway)));
    expect(problems.map(({ status, code, detail }) => [status, code, detail])).toEqual(
      Array.from({ length: 3 }, () => [404, 'unknown-recipient', expect.any(String)]),
    );
  });

  test('refuses nothing at all, too much, and who has no key', async () => {
    expect(await problemOf(await ingest(''), gateway)).toMatchObject({ status: 400, code: 'empty-mail' });
    expect((await ingest(Buffer.alloc(CAP_BYTES, 'x'))).status).toBe(202);
    expect(await problemOf(await ingest(Buffer.alloc(CAP_BYTES + 1)), gateway)).toMatchObject({ status: 413 });
    const stranger = await fetch(`${gateway.url}/ingest`, { method: 'POST', body: MAIL });
    expect(await problemOf(stranger, gateway)).toMatchObject({ status: 401 });
  });

  test('the script of the README tells a mail server what to do', async () => {
    const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
    const script = /```sh\n(#!\/bin\/sh\n# sluice-ingest[^`]*)```/.exec(readme)?.[1] ?? '';
    const folder = await mkdtemp(join(tmpdir(), 'sluice-ingest-'));
    const [file, settings] = [join(folder, 'sluice-ingest'), join(folder, 'ingest.conf')];
    await writeFile(file, script);
    const pipe = async (recipient: string, { url = gateway.url, key = gateway.key } = {}): Promise<unknown> => {
      await writeFile(settings, `url = "${url}/ingest"\nheader = "Authorization: Bearer ${key}"\n`);
      const child = spawn('sh', [file, recipient], { env: { ...process.env, SLUICE_CONFIG: settings }, stdio: 'pipe' });
      child.stdin.end(MAIL);
      const [code] = (await once(child, 'exit')) as unknown[];
      return code;
    };
    expect(await pipe('ann@one.example')).toBe(0);
    expect(await pipe('nobody@one.example')).toBe(67);
    expect(await pipe('ann@one.example', { key: 'wrong' })).toBe(75);
    expect(await pipe('ann@one.example', { url: 'http://127.0.0.1:1' })).toBe(75);
    await rm(folder, { recursive: true });
  });
});

test('what is not set is shut: no /ingest and no other port', async () => {
  const gateway = await startGateway({}, { databaseUrl: await postgres.createDatabase() });
  expect(await problemOf(await gateway.call('/ingest', { method: 'POST', body: MAIL }), gateway)).toMatchObject({
    status: 404,
    code: 'no-such-route',
  });
  await gateway.clear();
});

describe('SMTP and LMTP of a gateway', () => {
  let gateway: TestGateway;
  let cache: TestRedis;
  const ports = { smtp: 0, lmtp: 0 };
  beforeAll(async () => {
    ports.smtp = await freePort();
    ports.lmtp = await freePort();
    cache = await startRedis({ policy: 'allkeys-lru' });
    const doors = { SMTP_PORT: String(ports.smtp), LMTP_PORT: String(ports.lmtp) };
    const env = { ...doors, JOURNAL_HIGH_WATER: '1000', CACHE_REDIS_URL: cache.url };
    gateway = await startGateway({}, { databaseUrl: await postgres.createDatabase(), env });
    await addRecipients(gateway.records);
  });
  afterAll(async () => {
    await gateway.clear();
    await cache.stop();
  });

  async function send(door: 'smtp' | 'lmtp', raw: string, to: string[]): Promise<string> {
    const transport = createTransport({
      host: '127.0.0.1',
      port: ports[door],
      lmtp: door === 'lmtp',
      ignoreTLS: true,
    } as object);
    const { response } = (await transport.sendMail({ envelope: { from: 'x@example.org', to }, raw })) as {
      response: string;
    };
    transport.close();
    return response;
  }

  test('a mail is a durable job of its recipient’s tenant, and comes again as the same one by either', async () => {
    const first = JOB_ID.exec(await send('smtp', MAIL, ['ann@one.example']))?.[0] ?? '';
    const job = await gateway.jobs.snapshot(first);
    expect(job?.meta.tenant).toBe('one');
    const { blob } = EmailScanInput.parse(job?.meta.input);
    const mail = Buffer.from(await gateway.blobs.get(blob)).toString();
    expect(mail).toMatch(/^Return-Path: <x@example\.org>\r\nReceived: from /);
    expect(mail.endsWith(MAIL)).toBe(true);
    expect(await send('smtp', MAIL, ['ann@one.example'])).toContain(first);
    expect(await send('lmtp', MAIL, ['ann@one.example'])).toContain(first);
    expect(await send('lmtp', MAIL, ['any@two.example'])).not.toContain(first);
    const [key = ''] = await gateway.redis.keys('intake:one:*');
    expect(await gateway.redis.ttl(key)).toBeGreaterThan(0);
  });

  test('while the fleet takes nothing the mail has to come again, over LMTP for each recipient', async () => {
    const { jobId } = Accepted.parse(
      await (
        await gateway.job('', { method: 'POST', body: MAIL, headers: { 'content-type': 'message/rfc822' } })
      ).json(),
    );
    const { journal } = keysOf(jobId);
    const fill = gateway.redis.pipeline();
    for (let count = 0; count < 1_001; count += 1) fill.xadd(journal, '*', 'job', jobId, 'seq', '1');
    await fill.exec();
    const client = await rawClient(ports.lmtp);
    await say(client, 'LHLO client.example');
    await eventually(async () => {
      await say(client, 'RSET');
      await say(client, 'MAIL FROM:<>');
      for (const to of ['ann@one.example', 'any@two.example']) await say(client, `RCPT TO:<${to}>`);
      await say(client, 'DATA');
      client.send(`${MAIL}${Math.random()}\r\n.\r\nNOOP\r\n`);
      const answers = await client.until(/^250 2\.0\.0 OK\r\n/m);
      expect(answers.match(/^451 4\.3\.1 /gm)).toHaveLength(2);
    });
    client.socket.destroy();
    await gateway.redis.del(journal);
  });

  test('while the record is away who is known stays known, and nobody says that an address is unknown', async () => {
    const client = await rawClient(ports.smtp);
    await say(client, 'EHLO client.example');
    await say(client, 'MAIL FROM:<>');
    expect(await say(client, 'RCPT TO:<nobody@one.example>')).toMatch(/^550 5\.1\.1 /);
    expect(await say(client, 'RCPT TO:<ann@one.example>')).toMatch(/^250 /);
    await postgres.pause();
    try {
      expect(await say(client, 'RCPT TO:<ann@one.example>')).toMatch(/^250 /);
      expect(await say(client, 'RCPT TO:<any.other@two.example>')).toMatch(/^451 4\.3\.0 /);
      expect(await say(client, 'RCPT TO:<never.asked@one.example>')).toMatch(/^451 4\.3\.0 /);
    } finally {
      await postgres.restart();
    }
    await eventually(async () => expect(await say(client, 'RCPT TO:<any.other@two.example>')).toMatch(/^250 /));
    client.socket.destroy();
  });

  test('a port that is taken, or a file of TLS that is missing, ends the start', async () => {
    const means = { ...gateway, settings: { tenant: () => Promise.reject(new Error('not asked')) }, log: silentLog() };
    const submit = () => Promise.reject(new Error('not asked'));
    const directory = createAddressDirectory({ namespace: null, addresses: gateway.records.addresses, tag: null });
    const open = (env: Record<string, string>) => {
      const config = parse({ DATABASE_URL: 'postgres://nobody@127.0.0.1/x', SMTP_PORT: String(ports.smtp), ...env });
      return openMailIntake({ ...means, config, submit, directory });
    };
    await expect((await open({})).start()).rejects.toMatchObject({ code: 'EADDRINUSE' });
    const half: Record<string, string> = { SMTP_TLS_CERT: '/nowhere.pem' };
    for (const env of [half, { ...half, SMTP_TLS_KEY: '/nowhere.pem' }]) {
      await expect(open(env)).rejects.toMatchObject({ code: 'bad-config' });
    }
  });
});

test('a gateway that is killed between the job and its 250 takes the mail again as the same job', async () => {
  const server = await startRedis();
  const databaseUrl = await postgres.createDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), 'sluice-gateway-'));
  const redis = connectRedis(server.url, { name: 'test' });
  const records = openRecords({ url: databaseUrl, poolSize: 2, onError: () => undefined });
  const port = await freePort();
  const env = {
    REDIS_URL: server.url,
    DATABASE_URL: databaseUrl,
    SLUICE_DATA_DIR: dataDir,
    LOG_LEVEL: 'error',
    PORT: String(await freePort()),
    METRICS_PORT: String(await freePort()),
    SMTP_PORT: String(port),
  };
  const main = new URL('../src/main.ts', import.meta.url).pathname;
  const start = async (): Promise<{ client: RawClient; kill(): Promise<void> }> => {
    const child = spawn(process.execPath, [main], { env: { PATH: process.env.PATH, ...env }, stdio: 'ignore' });
    const ended = once(child, 'exit');
    const client = await eventually(async () => {
      const one = await rawClient(port);
      if (!one.heard().startsWith('220')) throw new Error('no greeting');
      return one;
    }, 60_000);
    return {
      client,
      async kill() {
        child.kill('SIGKILL');
        await ended;
        client.socket.destroy();
      },
    };
  };
  try {
    const first = await start();
    await addRecipients(records);
    await begin(first.client, 'ann@one.example');
    // Its answer is never read: to this client it does not exist.
    first.client.socket.pause();
    first.client.send(`${MAIL}.\r\n`);
    await eventually(async () => expect(await countJobs(redis)).toBe(1));
    await first.kill();
    const second = await start();
    await begin(second.client, 'ann@one.example');
    const answer = await say(second.client, `${MAIL}.`);
    expect(answer).toMatch(/^250 /);
    expect(await countJobs(redis)).toBe(1);
    expect((await redis.keys('job:*')).some((key) => key.includes(JOB_ID.exec(answer)?.[0] ?? 'no job'))).toBe(true);
    await second.kill();
  } finally {
    await Promise.all([closeRedis(redis), records.close()]);
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}, 180_000);
