import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Accepted, EmailScanInput, type JobMeta, JobStatus } from '@sluice/contracts';
import { keysOf } from '@sluice/fleet/jobs';
import { MAIL, startGateway, type TestGateway } from './gateways.ts';

const CAP_BYTES = 25 * 1024 * 1024;
let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.clear());

const rfc822 = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}): RequestInit => {
  return { method: 'POST', headers: { 'content-type': 'message/rfc822', ...headers }, body };
};

const json = (body: unknown, headers: Record<string, string> = {}): RequestInit => {
  return { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
};

function form(mail: string | Uint8Array<ArrayBuffer>, fields: Record<string, string> = {}): RequestInit {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.set(name, value);
  body.set('file', new Blob([mail]), 'some.eml');
  return { method: 'POST', body };
}

async function accept(init: RequestInit, query = ''): Promise<Accepted> {
  const response = await gateway.job(query, init);
  const text = await response.text();
  expect([response.status, text]).toEqual([202, expect.any(String)]);
  return Accepted.parse(JSON.parse(text));
}

async function metaOf({ jobId }: Accepted): Promise<JobMeta> {
  const job = await gateway.jobs.snapshot(jobId);
  if (job === null) throw new Error('the job is not there');
  return job.meta;
}

/** The mail that the job refers to. */
async function mailOf(accepted: Accepted): Promise<Buffer> {
  const { blob } = EmailScanInput.parse((await metaOf(accepted)).input);
  return Buffer.from(await gateway.blobs.get(blob));
}

describe('a submission', () => {
  test('is answered with 202 and where to look, and the job is there by then', async () => {
    const response = await gateway.job('', rfc822(MAIL));
    const accepted = Accepted.parse(await response.json());
    const base = `/api/pipeline/jobs/${accepted.jobId}`;
    expect(response.status).toBe(202);
    expect(response.headers.get('location')).toBe(`${base}/status`);
    expect(accepted).toEqual({
      jobId: accepted.jobId,
      statusUrl: `${base}/status`,
      reportUrl: `${base}/report`,
      eventsUrl: `/api/pipeline/ws/job/${accepted.jobId}`,
    });
    const status = JobStatus.parse(await (await gateway.call(accepted.statusUrl)).json());
    expect(status).toMatchObject({
      jobId: accepted.jobId,
      state: 'queued',
      pipeline: 'email-scan',
      priority: 'normal',
    });
  });

  test('in each of its three forms stores the mail byte for byte', async () => {
    const mail = Buffer.concat([Buffer.from(MAIL), Buffer.from([0, 0xff, 0x80, 0x0d, 0x0a])]);
    const all = [
      await accept(rfc822(mail)),
      await accept(form(mail)),
      await accept(json({ mail: mail.toString('base64') })),
      await accept(rfc822(mail, { 'content-type': 'message/rfc822; charset=x' })),
    ];
    for (const accepted of all) {
      expect(await mailOf(accepted)).toEqual(mail);
      expect(await metaOf(accepted)).toMatchObject({ pipeline: 'email-scan', timeoutMs: 60_000, tenant: 'default' });
    }
    const sha256 = createHash('sha256').update(mail).digest('hex');
    expect((await metaOf(all[0] as Accepted)).input).toEqual({ blob: `default/${sha256}`, sizeBytes: mail.byteLength });
  });

  test('takes its priority from the query, a form field or the JSON', async () => {
    expect(await metaOf(await accept(rfc822(MAIL), '?priority=high'))).toMatchObject({ priority: 'high' });
    expect(await metaOf(await accept(form(MAIL), '?priority=low'))).toMatchObject({ priority: 'low' });
    expect(await metaOf(await accept(form(MAIL, { priority: 'urgent' })))).toMatchObject({ priority: 'urgent' });
    const mail = Buffer.from(MAIL).toString('base64');
    expect(await metaOf(await accept(json({ mail, priority: 'low' })))).toMatchObject({ priority: 'low' });
  });

  test('may have 25 MB exactly, in each form', async () => {
    const mail = Buffer.alloc(CAP_BYTES, 'x');
    for (const init of [rfc822(mail), form(mail), json({ mail: mail.toString('base64') })]) {
      expect((await mailOf(await accept(init))).byteLength).toBe(CAP_BYTES);
    }
  });

  test.each([
    [{ url: ' hxxp://Evil[.]example:80/a?b#c ' }, { type: 'url', value: 'http://evil.example/a?b' }],
    [{ domain: 'Bücher[.]Example.' }, { type: 'domain', value: 'xn--bcher-kva.example' }],
    [{ ip: '2001:DB8:0:0::1' }, { type: 'ip', value: '2001:db8::1' }],
    [
      { hash: 'B'.repeat(64), pipeline: 'observable-scan' },
      { type: 'hash', value: 'b'.repeat(64) },
    ],
  ])('of %j is the observable in its normal form', async (body, input) => {
    expect(await metaOf(await accept(json(body)))).toMatchObject({ pipeline: 'observable-scan', input });
  });
});

describe('an Idempotency-Key', () => {
  const keyed = (key: string, mail = MAIL) => rfc822(mail, { 'idempotency-key': key });

  test('gives the same job for the same content, in whatever form it comes, and the job once', async () => {
    const before = (await gateway.jobs.statistics()).accepted;
    const first = await accept(keyed('same'));
    expect(await accept(keyed('same'))).toEqual(first);
    const base64 = Buffer.from(MAIL).toString('base64');
    expect(await accept(json({ mail: base64 }, { 'idempotency-key': 'same' }))).toEqual(first);
    expect((await gateway.jobs.statistics()).accepted).toBe(before + 1);
  });

  test('is refused with other content, and the first job stays', async () => {
    const first = await accept(keyed('once'));
    const response = await gateway.job('', keyed('once', `${MAIL}more`));
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([
      422,
      'idempotency-key-reused',
    ]);
    expect(await accept(keyed('once'))).toEqual(first);
  });

  test('makes one job of submissions that come at the same time', async () => {
    const before = (await gateway.jobs.statistics()).accepted;
    const all = await Promise.all(Array.from({ length: 20 }, () => accept(keyed('together'))));
    expect(new Set(all.map(({ jobId }) => jobId)).size).toBe(1);
    expect((await gateway.jobs.statistics()).accepted).toBe(before + 1);
  });

  test('finishes what an earlier try began: claimed, but without a job', async () => {
    const first = await accept(keyed('halfway'));
    const { job, events } = keysOf(first.jobId);
    expect(await gateway.redis.del(job, events)).toBe(2);
    expect(await accept(keyed('halfway'))).toEqual(first);
    expect(await metaOf(first)).toMatchObject({ jobId: first.jobId });
  });

  test('is forgotten after a day, as its job is', async () => {
    await accept(keyed('a day'));
    const hash = createHash('sha256').update('a day').digest('hex');
    const lifeSeconds = await gateway.redis.ttl(`idempotency:default:${hash}`);
    expect(lifeSeconds).toBeGreaterThan(86_000);
    expect(lifeSeconds).toBeLessThanOrEqual(86_400);
  });
});
