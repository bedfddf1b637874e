import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { JudgementSay, TenantPolicy } from '@sluice/contracts';
import type { LogEvent } from 'kysely';
import pg from 'pg';
import type { ApiKey, Records } from '../src/index.ts';
import { blob, endedRecord, jobId, jobRecord, report, task } from './job-records.ts';
import { deadLetter } from './letters.ts';
import { type Bench, makeBench } from './servers.ts';

const JOBS = 20_000;

/** Tables as they are after a while: thirty tenants, each value as rare or common as in life. */
const FILL = `
  create function job(n integer) returns uuid immutable language sql return ('00000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid;
  create function hex64(n integer) returns text immutable language sql return md5(n::text) || md5((n + 1)::text);
  insert into jobs select job(n), 'tenant-' || n % 30, 'email-scan', case when n % 50 = 0 then 'parsing' when n % 40 = 0 then 'failed' else 'completed' end,
    'normal', 'amber', case when n % 7 = 0 then 'batch-' || n / 100 end, now() - n * interval '1 minute', null,
    case when n % 50 = 0 then null else now() - n * interval '1 minute' end, now(), 9, 1, null, case when n % 20 = 0 then 'malicious' else 'clean' end, 'spam', 1, 1, false,
    'Subject ' || md5(n::text), 'sender' || n % 900 || '@a.example', 'a.example', null, hex64(n), case when n < 5000 then 'acme/' || hex64(n) end, '{}' from generate_series(1, ${JOBS}) n;
  insert into tasks select job(n), 'task.' || k, 'mail.parse', case when n % 60 = k then 'failed' else 'completed' end, 1, 's', 'p', 'w', true, 1, 0, 3, null, null, null, now() - n * interval '1 minute', now(), now(), '[]'
    from generate_series(1, ${JOBS}) n, generate_series(1, 3) k;
  insert into job_log select job(n), k, now(), 'job.state', '{}' from generate_series(1, ${JOBS}) n, generate_series(1, 4) k;
  insert into reports select job(n), 1, 'acme/' || hex64(n), null, now() from generate_series(1, ${JOBS}) n;
  insert into job_indicators select job(n), 'domain', case k when 1 then 'common.example' when 2 then 'rare' || n / 10 || '.example' else md5(n || '-' || k) end
    from generate_series(1, ${JOBS}) n, generate_series(1, 4) k;
  insert into job_blobs select job(n), 'acme/' || hex64(n * k), k = 1 from generate_series(1, ${JOBS}) n, generate_series(1, 3) k on conflict do nothing;
  insert into dead_letters select job(n) || '.t', 'tenant-' || n % 30, job(n), 't', 'name-' || n % 20, 'p', 's', 'p', (array['scheduled', 'parked', 'resolved', 'discarded', 'expired'])[1 + n % 5],
    'backoff', lpad(to_hex(n / 100), 16, '0'), 'code-' || n % 25, 'm', '{}', '[]', 1, 0, '{}', now() - n * interval '1 minute', now() - n * interval '1 minute', null, now() - n * interval '1 minute'
    from generate_series(1, ${JOBS}) n;
  insert into tenants select 'tenant-' || n, 'name', false, '{}', now(), now() from generate_series(1, 5000) n;
  insert into api_keys select 'key-' || n, 'tenant-' || n % 500, 'analyst', 'name', hex64(n), 'p', now() - n * interval '1 minute' from generate_series(1, 5000) n;
  insert into mail_addresses select n || '@a.example', 'tenant-' || n % 500, true, null, now(), now() from generate_series(1, 5000) n;
  insert into audit select job(n), now() - n * interval '1 minute', 'key-' || n % 100, 'tenant-' || n % 100, 'action-' || n % 40, 'target-' || n, '{}', null from generate_series(1, 5000) n;
  insert into messages select n, 'tenant-' || n % 500, job(n), true, now() - n * interval '1 minute', null from generate_series(1, 5000) n;
  insert into requests select job(n), 'tenant-' || n % 500, null, now() - n * interval '1 minute', '{}' from generate_series(1, 5000) n;
  insert into judgement_says select 'tenant-' || n, '{}', now(), 'key-1' from generate_series(1, 5000) n;
  insert into feedback select job(n), job(n), 'tenant-' || n % 500, now() - n * interval '1 minute', 'key-1', 'x', 'clean', null, null, '{}',
    '{"sha256":null,"reported":{"verdict":"clean","category":"spam","score":1},"findings":[]}' from generate_series(1, 5000) n;
  insert into quota_settings select 'shodan@tenant-' || n, '1/s', now(), 'key-1' from generate_series(1, 5000) n;
  insert into switched_off select 'switch-' || n, 'x', now(), 'key-1' from generate_series(1, 5000) n;
  insert into quota_usage select 'quota-' || n % 10, 'day UTC', now() - n / 10 * interval '1 hour', 1 from generate_series(1, 5000) n on conflict do nothing;
`;

let bench: Bench;
let client: pg.Client;
let records: Records;
const statements: LogEvent[] = [];
beforeAll(async () => {
  bench = await makeBench();
  const url = await bench.server.createDatabase();
  records = noting(await bench.open({ url, onStatement: (statement) => statements.push(statement) }));
  client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(FILL);
  await client.query('analyze');
  // Some seconds where nobody else is at work.
}, 240_000);
afterAll(async () => {
  await client.end();
  await bench.clear();
});

/** Questions that were asked, as `jobs.find`. */
const asked = new Set<string>();

/** The record, which notes what it is asked. */
function noting(all: Records): Records {
  const tables = Object.entries(all).map(([name, table]) => {
    if (typeof table !== 'object') return [name, table];
    const questions = Object.entries(table as Record<string, (...words: unknown[]) => unknown>);
    const noted = questions.map(([question, ask]) => [
      question,
      (...words: unknown[]) => {
        asked.add(`${name}.${question}`);
        return ask(...words);
      },
    ]);
    return [name, Object.fromEntries(noted)];
  });
  return Object.fromEntries(tables) as Records;
}

function questionsOf(all: Records): string[] {
  return Object.entries(all).flatMap(([name, table]) =>
    typeof table === 'object' ? Object.keys(table).map((question) => `${name}.${question}`) : [],
  );
}

interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  Plans?: PlanNode[];
}

function tablesReadWhole(node: PlanNode): string[] {
  const below = (node.Plans ?? []).flatMap(tablesReadWhole);
  return node['Node Type'] === 'Seq Scan' ? [node['Relation Name'] ?? '', ...below] : below;
}

/** Tables that a call reads from the first row to the last, by the plans of all its statements; and how many statements those are. */
async function readWhole(call: () => Promise<unknown>): Promise<{ whole: string[]; planned: number }> {
  statements.length = 0;
  await call();
  const whole: string[] = [];
  const captured = statements.filter(({ query }) => !/^(begin|commit)$/.test(query.sql));
  for (const { query } of captured) {
    const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(`explain (format json) ${query.sql}`, [
      ...query.parameters,
    ]);
    const [answer] = rows;
    if (answer !== undefined) whole.push(...tablesReadWhole(answer['QUERY PLAN'][0].Plan));
  }
  return { whole, planned: captured.length };
}

const recentMs = Date.now() - 86_400_000;
const oldMs = Date.now() - (JOBS - 20) * 60_000;
const place = (id: string) => Buffer.from(JSON.stringify([1, id])).toString('base64url');
const afterJob = Buffer.from(JSON.stringify([recentMs, jobId(1)])).toString('base64url');
const tenant = 'tenant-7';
const full = endedRecord(3, {
  row: {
    blobs: [blob('b')],
    tasks: [task('task.1')],
    indicators: [{ kind: 'domain', value: 'new.example' }],
    report: { revision: 1, ref: blob('r'), report: report(3, 1) },
  },
});
const policy = TenantPolicy.parse({ v: 1, tenant: 'tenant-1', name: 'x' });
const uuid = jobId(1);
const recipient = { address: '3@a.example', tenant, isActive: true, note: null, createdMs: 1, updatedMs: 1 };
const successor: ApiKey = {
  id: 'key-next',
  tenant,
  role: 'analyst',
  name: 'next',
  hash: 'e'.repeat(64),
  prefix: 'p',
  createdMs: 1,
  expiresMs: null,
  lastUsedMs: null,
  revokedMs: null,
  rotatedFrom: 'key-3',
};

/** Rows made by `FILL` are no documents of ours: what is read back whole is asked for where there is nothing, or made anew before. */
const CALLS: [string, () => Promise<unknown>][] = [
  ['write', () => records.jobs.write([full, jobRecord(30_001)])],
  ['last numbers', () => records.jobs.lastSeqs([1, 2, 3].map(jobId))],
  ['last events', () => records.jobs.lastEvents([1, 2, 3].map(jobId))],
  ['find', () => records.jobs.find(jobId(3))],
  ['image', () => records.jobs.image(jobId(3))],
  ['events', () => records.jobs.events(jobId(3), 4)],
  ['tasks', () => records.jobs.tasks(jobId(3))],
  ['report', () => records.jobs.report(jobId(3))],
  ['report of a revision', () => records.jobs.report(jobId(3), 1)],
  ['unfinished', () => records.jobs.unfinished({ olderThanMs: Date.now(), limit: 100 })],
  ['unfinished, next', () => records.jobs.unfinished({ olderThanMs: Date.now(), limit: 100, after: jobId(9) })],
  ['search', () => records.jobs.search({ tenant: null })],
  ['search, next', () => records.jobs.search({ tenant: null, cursor: afterJob })],
  ['search by tenant', () => records.jobs.search({ tenant })],
  ['search by pipelines', () => records.jobs.search({ tenant, pipelines: ['email-scan'] })],
  ['deliveries to a webhook', () => records.jobs.search({ tenant, webhook: 'wh_0', pipelines: ['notify'] })],
  ['search by tenant, next', () => records.jobs.search({ tenant, cursor: afterJob })],
  ['search by state', () => records.jobs.search({ tenant: null, state: 'failed' })],
  ['search by tenant and state', () => records.jobs.search({ tenant, state: 'failed' })],
  ['search by verdict', () => records.jobs.search({ tenant: null, verdict: 'malicious' })],
  ['search by tenant and verdict', () => records.jobs.search({ tenant, verdict: 'malicious' })],
  ['search by sender', () => records.jobs.search({ tenant: null, sender: 'sender7@a.example' })],
  ['search by tenant and sender', () => records.jobs.search({ tenant, sender: 'sender7@a.example' })],
  ['search by a common domain', () => records.jobs.search({ tenant: null, domain: 'common.example' })],
  ['search by tenant and a common domain', () => records.jobs.search({ tenant, domain: 'common.example' })],
  ['search by a rare domain', () => records.jobs.search({ tenant: null, domain: 'rare7.example' })],
  ['search by tenant and a rare domain', () => records.jobs.search({ tenant, domain: 'rare7.example' })],
  ['search by a domain that is nowhere', () => records.jobs.search({ tenant, domain: 'nowhere.example' })],
  ['search by hash', () => records.jobs.search({ tenant, hash: 'a'.repeat(64) })],
  ['search by address', () => records.jobs.search({ tenant: null, ip: '192.0.2.1' })],
  ['search by text', () => records.jobs.search({ tenant: null, text: 'deadbeef' })],
  ['search by tenant and text', () => records.jobs.search({ tenant, text: 'deadbeef' })],
  ['search by batch', () => records.jobs.search({ tenant, requestId: 'batch-7' })],
  ['search by time', () => records.jobs.search({ tenant: null, sinceMs: recentMs, untilMs: recentMs + 3_600_000 })],
  ['retention of jobs', () => records.jobs.dropOlder({ beforeMs: oldMs, limit: 5 })],
  ['retention of mails', () => records.jobs.dropMails({ beforeMs: Date.now() - 4_990 * 60_000, limit: 5 })],
  ['erasure', () => records.jobs.eraseTenant('tenant-29', { limit: 5 })],
  ['last step of an erasure', () => records.jobs.eraseTenant('tenant-499', { limit: 5 })],
  ['the oldest job', () => records.jobs.oldestMs()],
  ['named blobs', () => records.jobs.namedBlobs([blob('a'), blob('b')])],
  ['dead letter: save', () => records.deadLetters.save(deadLetter(30_000))],
  ['dead letter: find', () => records.deadLetters.find('x')],
  ...(['tenant', 'state', 'name', 'code', 'fingerprint', 'jobId'] as const).flatMap((by): typeof CALLS => {
    const values = {
      tenant: 'tenant-99',
      state: 'parked',
      name: 'x',
      code: 'x',
      fingerprint: 'x',
      jobId: jobId(40_000),
    };
    const filter = { [by]: values[by], ...(by === 'state' ? { tenant: 'tenant-99' } : {}) };
    return [
      [`dead letters by ${by}`, () => records.deadLetters.list(filter)],
      [`count of dead letters by ${by}`, () => records.deadLetters.count(filter)],
      [`groups of dead letters by ${by}`, () => records.deadLetters.groups(filter)],
    ];
  }),
  ['dead letters by last failure', () => records.deadLetters.list({ sinceMs: 1, untilMs: 2 })],
  ['dead letters by ids', () => records.deadLetters.list({ ids: ['x', 'y'] })],
  ['dead letters, next', () => records.deadLetters.list({}, { cursor: place('x') })],
  ['unjudged tasks', () => records.deadLetters.unjudged({ sinceMs: recentMs, untilMs: Date.now() })],
  [
    'unjudged tasks, next',
    () => {
      const cursor = Buffer.from(JSON.stringify([Date.now() - 60_000, `${jobId(9)} task.1`])).toString('base64url');
      return records.deadLetters.unjudged({ sinceMs: recentMs, untilMs: Date.now() }, { cursor });
    },
  ],
  ['expiry of dead letters', () => records.deadLetters.expire({ beforeMs: oldMs, nowMs: Date.now(), limit: 5 })],
  ['tenant: put', () => records.tenants.put(policy, 1)],
  ['tenant: find', () => records.tenants.find('tenant-1')],
  ['tenants, next', () => records.tenants.list({ cursor: place('z') })],
  ['tenant: remove', () => records.tenants.remove('tenant-77')],
  ['key: find', () => records.keys.find('key-1')],
  ['key: by hash', () => records.keys.findByHash('a'.repeat(64))],
  ['keys', () => records.keys.list(null)],
  ['keys of a tenant', () => records.keys.list('tenant-1')],
  ['key: rotate', () => records.keys.rotate('key-3', successor, 1)],
  ['key: revoke', () => records.keys.revoke('key-1', 1)],
  [
    'keys: used',
    () =>
      records.keys.used(
        new Map([
          ['key-1', 1],
          ['key-2', 1],
        ]),
      ),
  ],
  ['address: put', () => records.addresses.put(recipient)],
  ['address: create', () => records.addresses.create(recipient)],
  ['address: replace', () => records.addresses.replace(recipient)],
  ['address: find', () => records.addresses.find('1@a.example')],
  ['addresses', () => records.addresses.list(null)],
  ['addresses of a tenant', () => records.addresses.list('tenant-1')],
  ['address: remove', () => records.addresses.remove('2@a.example')],
  ['audit', () => records.audit.list({})],
  ...(['tenant', 'actor', 'action', 'target'] as const).map((by): (typeof CALLS)[number] => [
    `audit by ${by}`,
    () => records.audit.list({ [by]: 'x' }),
  ]),
  ['audit by time', () => records.audit.list({ sinceMs: recentMs, untilMs: recentMs + 60_000 })],
  ['open erasures', () => records.audit.openErasures()],
  ['open erasures of a tenant', () => records.audit.openErasures('tenant-1')],
  ['audit: retention', () => records.audit.dropOlder({ beforeMs: Date.now() - 4_990 * 60_000, limit: 5 })],
  ['message: receive', () => records.messages.receive({ messageId: 1, tenant, jobId: uuid, receivedMs: 1 })],
  [
    'jobs: counts of a period',
    () =>
      records.jobs.count({
        tenant: 'tenant-1',
        pipelines: ['email-scan'],
        sinceMs: recentMs,
        untilMs: recentMs + 60_000,
      }),
  ],
  ['message: find', () => records.messages.find(1)],
  ['messages: processed', () => records.messages.markProcessed({ nowMs: 1, limit: 5 })],
  ['messages: retention', () => records.messages.dropOlder({ beforeMs: Date.now() - 4_990 * 60_000, limit: 5 })],
  ['batch: put', () => records.requests.put({ id: uuid, tenant, name: null, createdMs: 1, jobIds: [uuid] })],
  ['batch: find', () => records.requests.find(uuid)],
  ['batches: retention', () => records.requests.dropOlder({ beforeMs: Date.now() - 4_990 * 60_000, limit: 5 })],
  ['batches', () => records.requests.list(null)],
  ['batches of a tenant', () => records.requests.list('tenant-1')],
  [
    'say: put',
    () => records.says.put({ tenant: 'tenant-1', say: JudgementSay.parse({}), updatedMs: 1, updatedBy: 'k' }),
  ],
  ['say: find', () => records.says.find('tenant-1')],
  ['feedback of a job', () => records.feedback.ofJob('tenant-1', uuid)],
  ['feedback', () => records.feedback.list({ tenant: null })],
  ['feedback, next', () => records.feedback.list({ tenant: null, sinceMs: 1 }, { cursor: afterJob })],
  ['feedback of a tenant', () => records.feedback.list({ tenant: 'tenant-1' })],
  [
    'quota: set',
    () => records.quotaSettings.put({ action: 'shodan@tenant-1', text: '2/s', updatedMs: 1, updatedBy: 'key-1' }),
  ],
  ['quota: reset', () => records.quotaSettings.remove('shodan@tenant-2')],
  ['switch: off', () => records.switches.turnOff('shodan', { reason: 'x', sinceMs: 1, by: 'key-1' })],
  ['switch: on', () => records.switches.turnOn('shodan')],
  ['use of quotas', () => records.quotaUsage.since(recentMs)],
  ['use of a quota', () => records.quotaUsage.since(recentMs, 'quota-1')],
  ['use of quotas: put', () => records.quotaUsage.put([{ quota: 'q', window: 'w', hourMs: 0, units: 1 }])],
  [
    'use of quotas: retention',
    () => records.quotaUsage.dropOlder({ beforeMs: Date.now() - 499 * 3_600_000, limit: 5 }),
  ],
];

describe('no table is read whole for', () => {
  test.each(CALLS)('%s', async (_name, call) => {
    const { whole, planned } = await readWhole(call);
    expect(planned).toBeGreaterThan(0);
    expect(whole).toEqual([]);
  });
});

test('no question of the record was forgotten above', () => {
  // Inserts of one row, and what is a walk along lists that are asked for above.
  const plain = [
    'audit.append',
    'keys.create',
    'deadLetters.each',
    'deadLetters.stats',
    'quotaSettings.list',
    'switches.list',
    'says.list',
    'feedback.append',
  ];
  expect(questionsOf(records).filter((question) => !asked.has(question) && !plain.includes(question))).toEqual([]);
});

test('only what counts everything reads everything, and the test would see it', async () => {
  expect(await readWhole(() => records.deadLetters.stats(1))).toEqual({ whole: ['dead_letters'], planned: 1 });
  expect(await readWhole(() => records.quotaSettings.list())).toMatchObject({ planned: 1 });
  await client.query('drop index dead_letters_by_job');
  expect((await readWhole(() => records.deadLetters.list({ jobId: jobId(40_000) }))).whole).not.toEqual([]);
});
