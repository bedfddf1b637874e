import { afterEach, describe, expect, test } from '@jest/globals';
import { freePort } from '@sluice/testkit';
import { COMMANDS } from '../src/command/registry.ts';
import { JOB_ID, statusWith } from './fake-gateway.ts';
import { type Answers, run, startAnswering } from './gateway-answers.ts';

let gateway: Awaited<ReturnType<typeof startAnswering>> | undefined;
afterEach(async () => {
  await gateway?.stop();
  gateway = undefined;
});

async function sluice(answers: Answers, ...words: string[]) {
  gateway ??= await startAnswering(answers);
  const ran = await run(words, { SLUICE_URL: gateway.url, SLUICE_API_KEY: 'slu_env' });
  return { ...ran, heard: gateway.heard.map(({ line }) => line) };
}

const entry = (at: number) => ({
  jobId: JOB_ID.replace(/.$/, String(at)),
  tenant: 'default',
  pipeline: 'email-scan',
  state: 'completed',
  priority: 'normal',
  tlp: null,
  createdMs: 1_000,
  endedMs: 2_000,
  revision: 1,
  verdict: 'malicious',
  category: null,
  score: 90,
  subject: 'Pay\x1b[2J https://evil.example now\u202Egpj',
  sender: 'a@b.example',
});
const page = (items: unknown[], next: string | null = null) => ({ v: 1, items, next });
const JOBS = 'GET /api/pipeline/jobs';

describe('help', () => {
  test.each(COMMANDS.map(({ name }) => name))('%s says what it takes and how it ends', async (name) => {
    const { status, out, err } = await run([...name.split(' '), '--help'], {});
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(out).toContain(`Usage: sluice ${name}`);
    for (const option of Object.keys(COMMANDS.find((one) => one.name === name)?.options ?? {})) {
      expect(out).toContain(`--${option}`);
    }
    expect(out).toContain('Exit status');
  });

  test('of all and of a room lists what there is', async () => {
    for (const words of [['--help'], ['help'], ['-h']]) {
      const { out, status } = await run(words, {});
      expect(status).toBe(0);
      for (const { name } of COMMANDS) expect(out).toContain(`  ${name} `);
    }
    const { out } = await run(['jobs', '--help'], {});
    expect(out).toContain('jobs cancel');
    expect(out).not.toContain('keys create');
  });
});

describe('wrong usage is told before the fleet is looked for, and the status is 2', () => {
  test.each([
    [[], /A command is missing/],
    [['send', 'a'], /There is no command "send"/],
    [['jobs'], /sluice jobs wants one of list, search, show/],
    [['jobs', 'burn'], /There is no "jobs burn"/],
    [['jobs', 'show'], /The job’s id is missing/],
    [['jobs', 'list', '--verdict', 'bad'], /--verdict is one of clean/],
    [['jobs', 'list', '--since', 'yesterday'], /--since is a time ago/],
    [['jobs', 'list', '--limit', 'many'], /--limit is a whole number/],
    [['keys', 'create', '--name', 'x'], /--name and --role are needed/],
    [['keys', 'create', '--name', 'x', '--role', 'root'], /--role is one of submitter/],
    [['switches', 'off', 'shodan'], /--reason is needed/],
    [['switches', 'on', 'notify'], /What can be switched is one of email-scan/],
    [['dlq', 'requeue'], /Name dead letters, a filter, or --all/],
    [['dlq', 'requeue', 'x', '--all'], /not both/],
    [['cache', 'forget', 'visits'], /Name keys, or --all/],
    [['tenants', 'erase', 'acme'], /say --yes/],
    [['report', 'x', '--json', '--format', 'html'], /different things/],
    [['watch', 'a', 'b'], /Only one thing/],
  ])('%j', async (words, message) => {
    const { status, out, err } = await run(words, { SLUICE_URL: 'http://127.0.0.1:1', SLUICE_API_KEY: 'k' });
    expect({ status, out }).toEqual({ status: 2, out: '' });
    expect(err).toMatch(message);
    expect(err).toMatch(/--help says more/);
  });
});

describe('a list', () => {
  test('is a table in which nothing of a mail is obeyed, and one value a line with --json', async () => {
    const answers = { [JOBS]: page([entry(1)]) };
    const shown = await sluice(answers, 'jobs', 'list', '--state', 'completed', '--since', '2026-11-01');
    expect(shown).toMatchObject({ status: 0, err: '' });
    expect(shown.out).toContain('Pay‹U+001B›[2J hxxps://evil[.]example now‹U+202E›gpj');
    expect(shown.out).not.toContain('\x1b');
    expect(shown.heard).toEqual([
      `GET /api/pipeline/jobs?state=completed&sinceMs=${Date.parse('2026-11-01')}&limit=50`,
    ]);
    const json = await sluice(answers, 'jobs', 'list', '--json');
    expect(json.out.split('\n')).toHaveLength(2);
    expect(JSON.parse(json.out)).toEqual(entry(1));
    expect(json.out).not.toContain('\u202E');
  });

  test('goes on from page to page, and no further than is wanted', async () => {
    const answers = {
      [`${JOBS}?limit=3`]: page([entry(1), entry(2)], 'more'),
      [`${JOBS}?limit=3&cursor=more`]: page([entry(3), entry(4)], 'and more'),
    };
    const { out, heard } = await sluice(answers, 'jobs', 'list', '--json', '--limit', '3');
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { jobId: string }).jobId.at(-1)),
    ).toEqual(['1', '2', '3']);
    expect(heard).toHaveLength(2);
  });

  test('without entries says so, and is nothing in JSON', async () => {
    const answers = { [JOBS]: page([]) };
    expect((await sluice(answers, 'jobs', 'list')).out).toBe('There is no such job.\n');
    expect((await sluice(answers, 'jobs', 'list', '--json')).out).toBe('');
  });
});

describe('the exit status', () => {
  const show = (answer: unknown) =>
    sluice({ [`GET /api/pipeline/jobs/${JOB_ID}/status`]: answer }, 'jobs', 'show', JOB_ID);

  test('is 0 for what was done', async () => {
    expect(await show(statusWith(3, 'parsing'))).toMatchObject({ status: 0, err: '' });
  });

  test.each([
    [404, 3, 'sluice: It is so.\nsluice: See `sluice jobs list`'],
    [401, 4, 'sluice: It is so.\nsluice: Give a key of this fleet'],
    [403, 4, 'sluice: It is so.\nsluice: Use a key with another role'],
    [409, 1, 'sluice: It is so.\n'],
  ])('of a %i is %i, with what to do', async (answer, status, words) => {
    const ran = await show(answer);
    expect(ran).toMatchObject({ status, out: '' });
    expect(ran.err).toContain(words);
  });

  test('is 5 where no fleet is', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const away = await run(['status', '--fleet', url, '--key', 'k'], {});
    expect(away).toMatchObject({ status: 5, out: '' });
    expect(away.err).toMatch(/cannot be reached \(ECONNREFUSED\)\.\nsluice: See that the fleet runs/);
    const none = await run(['status'], { SLUICE_DATA_DIR: '/nowhere/at/all' });
    expect(none).toMatchObject({ status: 5, out: '' });
    expect(none.err).toMatch(/No fleet runs on \/nowhere\/at\/all\.\nsluice: Start one with/);
  });
});

test('the words name fleet, key and tenant, before the environment', async () => {
  gateway = await startAnswering({ [JOBS]: page([]) });
  const words = ['--url', gateway.url, '--key', 'slu_word', '--tenant', 'acme', 'jobs', 'list'];
  const { status } = await run(words, { SLUICE_URL: 'http://127.0.0.1:1', SLUICE_API_KEY: 'slu_env' });
  expect(status).toBe(0);
  expect(gateway.heard).toEqual([{ line: 'GET /api/pipeline/jobs?tenant=acme&limit=50', body: '', key: 'slu_word' }]);
});

test('a fleet that is named without its key is wrong usage', async () => {
  const ran = await run(['jobs', 'list', '--fleet', 'http://127.0.0.1:1'], {});
  expect(ran).toMatchObject({ status: 2, out: '' });
  expect(ran.err).toContain('SLUICE_API_KEY');
});

describe('dead letters', () => {
  const ordered = (dryRun: boolean) => ({
    v: 1,
    action: 'requeue',
    dryRun,
    matched: 7,
    ordered: dryRun ? 0 : 7,
    lastDueMs: null,
  });
  const path = 'POST /api/admin/dead-letters/requeue';

  test('that a filter names are only counted until --yes is said', async () => {
    const dry = await sluice({ [path]: ordered(true) }, 'dlq', 'requeue', '--code', 'timeout');
    expect(dry).toMatchObject({ status: 0, out: '7 would be tried again. Nothing was done: say --yes to do it.\n' });
    expect(JSON.parse(gateway?.heard[0]?.body ?? '')).toEqual({
      filter: { code: 'timeout' },
      dryRun: true,
      ratePerSecond: 10,
    });
  });

  test('are ordered with --yes', async () => {
    const done = await sluice({ [path]: ordered(false) }, 'dlq', 'requeue', '--all', '--yes', '--rate', '5', '--json');
    expect(JSON.parse(done.out)).toEqual(ordered(false));
    expect(JSON.parse(gateway?.heard[0]?.body ?? '')).toEqual({ filter: {}, dryRun: false, ratePerSecond: 5 });
  });

  test('that are named are done one by one', async () => {
    const answers = { 'POST /api/admin/dead-letters/a.b/requeue': ordered(false) };
    const done = await sluice(answers, 'dlq', 'requeue', 'a.b');
    expect(done).toMatchObject({ status: 0, out: 'a.b is tried again.\n' });
  });

  test('are exported line by line, and half a line is no line', async () => {
    const broken = await sluice({ 'GET /api/admin/dead-letters/export': '{"v":' }, 'dlq', 'export');
    expect(broken).toMatchObject({ status: 5, out: '' });
    expect(broken.err).toContain('The answer broke off.');
  });
});

describe('tenants', () => {
  const plan = { requestsPerSecond: 50, jobsInFlight: 10, jobsPerDay: 20, priorityCeiling: 'urgent' };
  const view = {
    v: 1,
    tenant: 'acme',
    name: 'Acme',
    isBlocked: false,
    plan,
    defaultTlp: 'amber',
    providers: null,
    shares: {},
    release: { clear: ['visit'], green: [], amber: [], 'amber+strict': [], red: [] },
    providerKeys: ['virustotal'],
  };

  test('keep what is not named when they are changed', async () => {
    const answers = { 'GET /api/admin/tenants/acme': view, 'PUT /api/admin/tenants/acme': view };
    const ran = await sluice(answers, 'tenants', 'set', 'acme', '--jobs-in-flight', '99', '--tlp', 'red');
    expect(ran).toMatchObject({ status: 0, err: '' });
    const { v, tenant, providerKeys, ...held } = view;
    expect(JSON.parse(gateway?.heard[1]?.body ?? '')).toEqual({
      ...held,
      defaultTlp: 'red',
      plan: { ...plan, jobsInFlight: 99 },
    });
    expect([v, tenant, providerKeys.length]).toEqual([1, 'acme', 1]);
  });
});

test('a new key is shown once, and it is said that it is', async () => {
  const key = {
    id: '0123456789ab',
    tenant: 'default',
    name: 'ci',
    role: 'submitter',
    prefix: 'slu_0123',
    createdMs: 1,
    expiresMs: null,
    lastUsedMs: null,
    revokedMs: null,
    rotatedFrom: null,
  };
  const answers = { 'POST /api/admin/keys': { v: 1, key: 'slu_secret', view: key } };
  const words = ['keys', 'create', '--name', 'ci', '--role', 'submitter', '--life', '30d'];
  const { out } = await sluice(answers, ...words);
  expect(out).toContain('slu_secret');
  expect(out).toContain('not shown again');
  expect(JSON.parse(gateway?.heard[0]?.body ?? '')).toEqual({ name: 'ci', role: 'submitter', lifeSeconds: 2_592_000 });
  expect(JSON.parse((await sluice(answers, ...words, '--json')).out)).toMatchObject({ key: 'slu_secret' });
});
