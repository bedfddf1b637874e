import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  AuditPage,
  Erased,
  type JobId,
  JobPage,
  JobStatus,
  Report,
  Retried,
  type TerminalState,
} from '@sluice/contracts';
import { field, keysOf } from '@sluice/fleet/jobs';
import { ERASURE, type JobRow } from '@sluice/records';
import { eventually } from '@sluice/testkit';
import { createAudit } from '../src/audit.ts';
import { createErase } from '../src/tenants/erase.ts';
import { createJob, MAIL, problemOf, silentLog, startGateway, type TestGateway } from './gateways.ts';
import { change, complete, end, reportSaying } from './planner.ts';
import { record } from './recorded.ts';
import { range, read } from './sockets.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.clear());

/** Records a job as the orchestrator does, and takes it out of Redis. */
async function archive(jobId: JobId, row: Partial<JobRow> = {}): Promise<void> {
  await record(gateway, jobId, row);
  const { job: name, events: list } = keysOf(jobId);
  await gateway.redis.del(name, list);
}

const statusOf = async (jobId: JobId) => JobStatus.parse(await (await gateway.job(`/${jobId}/status`)).json());

describe('a job that Redis has no more', () => {
  test('has the same status and the same report as before', async () => {
    const jobId = await createJob(gateway.jobs);
    await complete(gateway, reportSaying('x', jobId));
    const before = await statusOf(jobId);
    await archive(jobId);
    expect(await statusOf(jobId)).toEqual(before);
    const report = await gateway.job(`/${jobId}/report`);
    expect(Report.parse(await report.json())).toMatchObject({ jobId, revision: 1 });
    expect(report.headers.get('etag')).toMatch(/-json"$/);
  });

  test('is read to its end by a socket, from the beginning or from a number, and then let go', async () => {
    const jobId = await createJob(gateway.jobs);
    await change(gateway.jobs, jobId, { events: [{ type: 'stage.started', stage: 'a' }] });
    await end(gateway.jobs, jobId, 'completed');
    await archive(jobId);
    const fresh = await read(gateway, jobId);
    expect(await fresh.closed).toMatchObject({ code: 1000 });
    expect(fresh.messages).toMatchObject([{ type: 'snapshot', seq: 3, status: { state: 'completed' } }]);
    const resumed = await read(gateway, jobId, '?after=0');
    expect(await resumed.closed).toMatchObject({ code: 1000 });
    expect(resumed.seqs()).toEqual(range(1, 3));
  });

  test('that was brought back is read across the seam, none missing and none twice', async () => {
    const jobId = await createJob(gateway.jobs);
    await change(gateway.jobs, jobId, { events: [{ type: 'stage.started', stage: 'a' }] });
    const image = await gateway.jobs.image(jobId);
    await archive(jobId, { endedMs: null });
    if (image !== null) await gateway.jobs.restore(image);
    await change(gateway.jobs, jobId, { events: [{ type: 'stage.started', stage: 'b' }] });
    await end(gateway.jobs, jobId, 'failed');
    for (const after of [0, 1, 2, 3]) {
      const reader = await read(gateway, jobId, `?after=${after}`);
      expect(await reader.closed).toMatchObject({ code: 1000 });
      expect(reader.seqs()).toEqual(range(after + 1, 4));
    }
  });

  test('is not cancelled when it has ended', async () => {
    const jobId = await createJob(gateway.jobs);
    await end(gateway.jobs, jobId, 'failed');
    await archive(jobId);
    const response = await gateway.job(`/${jobId}`, { method: 'DELETE' });
    expect(await problemOf(response, gateway)).toMatchObject({ status: 409, code: 'job-ended' });
  });
});

describe('retry', () => {
  /** A job with one task that failed. */
  async function failedJob(state: TerminalState): Promise<JobId> {
    const jobId = await createJob(gateway.jobs);
    const task = { id: 'parsing.x', name: 'mail.parse', stage: 'parsing', payload: {}, required: true, wakes: false };
    const fields = {
      stages: JSON.stringify([{ name: 'parsing', state: 'parsing', share: 100 }]),
      [field.stage('parsing')]: 'active 1 ',
      [field.open('parsing')]: 1,
      [field.task(task.id)]: JSON.stringify(task),
      [field.generation(task.id)]: 1,
    };
    await change(gateway.jobs, jobId, { fields, state: 'parsing' });
    const ref = { jobId, task: task.id, stage: 'parsing', name: 'mail.parse', generation: 1, wakes: false };
    await gateway.jobs.begin(ref, 'worker');
    const error = { code: 'x', message: 'No.', disposition: 'retry' as const };
    await gateway.jobs.settle(ref, 'failed', { error, attempts: 1, settledMs: Date.now() });
    await end(gateway.jobs, jobId, state);
    return jobId;
  }

  const retry = (jobId: JobId) => gateway.job(`/${jobId}/retry`, { method: 'POST' });
  const waiting = async () => (await gateway.redis.keys('{sluice:analysis}:*')).join();

  test.each([
    ['in Redis', false],
    ['in the record alone', true],
  ])('opens what failed, and its job, and queues it: %s', async (_where, isArchived) => {
    const jobId = await failedJob('failed');
    if (isArchived) await archive(jobId);
    const response = await retry(jobId);
    expect(response.status).toBe(202);
    expect(Retried.parse(await response.json())).toMatchObject({ jobId, tasks: ['parsing.x'] });
    const job = await gateway.jobs.snapshot(jobId);
    expect(job?.tasks.get('parsing.x')).toMatchObject({ isOpen: true, generation: 2 });
    expect(job?.endedMs).toBeNull();
    expect(await waiting()).toContain(jobId);
    // The failure desk follows it, and gives the order again where Redis loses it.
    expect(await gateway.redis.zscore(keysOf(jobId).failed, `${jobId} parsing.x 2`)).not.toBeNull();
    const { entries } = await gateway.records.audit.list({ target: jobId });
    expect(entries).toMatchObject([{ action: 'job.retry', actor: 'admin' }]);
  });

  test('of a cancelled job is 409', async () => {
    const jobId = await createJob(gateway.jobs);
    await gateway.jobs.cancel(jobId);
    expect(await problemOf(await retry(jobId), gateway)).toMatchObject({ status: 409, code: 'job-ended' });
  });
});

describe('the list of jobs', () => {
  test('is that of the tenant, page by page, newest first, and finds what is asked for', async () => {
    const key = await gateway.addKey('lister', 'analyst');
    const headers = { authorization: `Bearer ${key}` };
    const ids: JobId[] = [];
    for (let at = 0; at < 5; at += 1) {
      const jobId = await createJob(gateway.jobs, { tenant: 'lister' });
      await end(gateway.jobs, jobId, at % 2 === 0 ? 'completed' : 'failed');
      await archive(jobId, { subject: `Invoice ${at}`, sender: `s${at}@evil.example`, createdMs: 1_000 + at });
      ids.unshift(jobId);
    }
    const page = async (query: string) => JobPage.parse(await (await gateway.job(query, { headers })).json());
    const seen: JobId[] = [];
    let next: string | null = null;
    do {
      const got: JobPage = await page(`?limit=2${next === null ? '' : `&cursor=${encodeURIComponent(next)}`}`);
      seen.push(...got.items.map(({ jobId }) => jobId));
      next = got.next;
    } while (next !== null);
    expect(seen).toEqual(ids);
    const found = async (query: string) => (await page(query)).items.map(({ subject }) => subject);
    expect(await found('?state=failed')).toEqual(['Invoice 3', 'Invoice 1']);
    expect(await found('?sender=S2@Evil.example')).toEqual(['Invoice 2']);
    expect(await found('?text=voice%204')).toEqual(['Invoice 4']);
    expect(await found('?sinceMs=1001&untilMs=1003')).toEqual(['Invoice 2', 'Invoice 1']);
    expect((await page('?tenant=lister')).items).toHaveLength(5);
  });
});

describe('the raw mail', () => {
  test('comes byte for byte as a download to an analyst, who is named in the audit; not to a submitter', async () => {
    const mail = Buffer.concat([Buffer.from(MAIL), Buffer.from([0, 0xff])]);
    const headers = { 'content-type': 'message/rfc822' };
    const { jobId } = (await (await gateway.job('', { method: 'POST', headers, body: mail })).json()) as {
      jobId: JobId;
    };
    const response = await gateway.job(`/${jobId}/raw`);
    expect(Buffer.from(await response.arrayBuffer())).toEqual(mail);
    expect(response.headers.get('content-disposition')).toBe(`attachment; filename="${jobId}.eml"`);
    expect(response.headers.get('content-security-policy')).toContain('sandbox');
    const { items } = AuditPage.parse(await (await gateway.call(`/api/admin/audit?target=${jobId}`)).json());
    expect(items).toMatchObject([{ action: 'mail.read', actor: 'admin', tenant: 'default' }]);
    const submitter = await gateway.addKey('default', 'submitter');
    const refused = await gateway.job(`/${jobId}/raw`, { headers: { authorization: `Bearer ${submitter}` } });
    expect(await problemOf(refused, gateway)).toMatchObject({ status: 403, code: 'forbidden' });
  });
});

describe('erasing a tenant', () => {
  test('is ordered by an entry of the audit, and answered when the orchestrator says that it is done', async () => {
    await gateway.addKey('gone', 'analyst');
    const init = { headers: { 'content-type': 'application/json' } };
    const erase = () =>
      gateway.call('/api/admin/tenants/gone/erase', { ...init, method: 'POST', body: '{"confirm":"gone"}' });
    expect(await problemOf(await erase(), gateway)).toMatchObject({ status: 409, code: 'tenant-active' });
    const block = { ...init, method: 'PUT', body: JSON.stringify({ name: 'gone', isBlocked: true }) };
    expect((await gateway.call('/api/admin/tenants/gone', block)).status).toBe(200);
    const { audit } = gateway.records;
    const asked = erase();
    const [order] = await eventually(async () => {
      const open = await audit.openErasures('gone');
      expect(open).toHaveLength(1);
      return open;
    });
    const rest = { actor: 'orchestrator', tenant: 'gone', action: ERASURE.done, requestId: null };
    const detail = { jobs: 3, blobs: 7 };
    await audit.append({ id: randomUUID(), atMs: Date.now(), target: order?.id ?? '', detail, ...rest });
    const response = await asked;
    expect(response.status).toBe(200);
    expect(Erased.parse(await response.json())).toEqual({ v: 1, tenant: 'gone', ...detail, isComplete: true });
    const { entries } = await audit.list({ tenant: 'gone', action: ERASURE.ordered });
    expect(entries).toMatchObject([{ id: order?.id, actor: 'admin' }]);
  });

  test('that takes longer says so, and asking again waits for the same order', async () => {
    const { records } = gateway;
    const erase = createErase({ records, audit: createAudit({ records, log: silentLog() }), withinMs: 0 });
    const caller = { keyId: 'admin' };
    const unfinished = { v: 1, tenant: 'slow', jobs: 0, blobs: 0, isComplete: false };
    expect(await erase(caller, 'request-1', 'slow')).toEqual(unfinished);
    expect(await erase(caller, 'request-2', 'slow')).toEqual(unfinished);
    expect(await records.audit.openErasures('slow')).toMatchObject([{ requestId: 'request-1' }]);
  });
});
