import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { bucketOf, type JobId, JobStatus, OrchestratorStats, Report } from '@sluice/contracts';
import { bucketKeys } from '@sluice/fleet/jobs';
import { createJob, expectNoSecret, problemOf, startGateway, type TestGateway } from './gateways.ts';
import { advanceHalfway, complete, end, reportSaying, visitSaying } from './planner.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.clear());

async function statusOf(jobId: JobId): Promise<JobStatus> {
  const response = await gateway.job(`/${jobId}/status`);
  const text = await response.text();
  expectNoSecret(text, gateway);
  return JobStatus.parse(JSON.parse(text));
}

async function reportAs(jobId: JobId, accept?: string): Promise<Response> {
  return gateway.job(`/${jobId}/report`, { headers: accept === undefined ? {} : { accept } });
}

describe('the status of a job', () => {
  test('shows stages, the share that is done, and no estimate where there is no experience', async () => {
    const jobId = await createJob(gateway.jobs, { pipeline: 'never-seen', timeoutMs: 5_000 });
    expect(await statusOf(jobId)).toMatchObject({ state: 'queued', percent: 0, startedMs: null, deadlineMs: null });
    await advanceHalfway(gateway.jobs, jobId);
    const status = await statusOf(jobId);
    expect(status).toMatchObject({ state: 'extracting', percent: 37, estimatedCompletionMs: null });
    expect(status.deadlineMs).toBe((status.startedMs ?? 0) + 5_000);
    expect(status.stages.map(({ name, status: at, tasks }) => [name, at, tasks.total, tasks.done])).toEqual([
      ['one', 'complete', 0, 0],
      ['two', 'active', 2, 1],
      ['three', 'pending', 0, 0],
      ['four', 'pending', 0, 0],
    ]);
  });

  test('estimates the end from the jobs that ended before', async () => {
    const jobId = await createJob(gateway.jobs, { pipeline: 'known' });
    await gateway.redis.hset(bucketKeys(bucketOf(jobId)).stats, 'mean:known', 60_000);
    await advanceHalfway(gateway.jobs, jobId);
    const { startedMs, estimatedCompletionMs } = await statusOf(jobId);
    expect(estimatedCompletionMs).toBe((startedMs ?? 0) + 60_000);
  });

  test('of an ended job says how it ended', async () => {
    const jobId = await createJob(gateway.jobs);
    const error = { code: 'bad-mail', message: 'It is no mail.', disposition: 'give-up' };
    await end(gateway.jobs, jobId, 'failed', { error: JSON.stringify(error) });
    const status = await statusOf(jobId);
    expect(status).toMatchObject({ state: 'failed', error });
    expect(status.endedMs).toBe(status.estimatedCompletionMs);
  });
});

describe('a report', () => {
  test('that is not there yet is 409 report-not-ready', async () => {
    const jobId = await createJob(gateway.jobs);
    expect(await problemOf(await reportAs(jobId), gateway)).toMatchObject({ status: 409, code: 'report-not-ready' });
  });

  test.each(['failed', 'expired', 'cancelled'] as const)('that will never be is 409 no-report: %s', async (state) => {
    const jobId = await createJob(gateway.jobs);
    const error = { code: 'x', message: 'It had to be.', disposition: 'give-up' };
    await end(gateway.jobs, jobId, state, { error: JSON.stringify(error) });
    const problem = await problemOf(await reportAs(jobId), gateway);
    expect(problem).toMatchObject({ status: 409, code: 'no-report' });
    expect(problem.detail).toBe(`The job is ${state}; there will be no report. It had to be.`);
  });

  test('comes as JSON, Markdown or HTML, as the reader accepts', async () => {
    const jobId = await createJob(gateway.jobs);
    const report = reportSaying('some words', jobId);
    await complete(gateway, report);
    const typeOf = async (accept?: string) => (await reportAs(jobId, accept)).headers.get('content-type');
    expect(await typeOf()).toBe('application/json; charset=utf-8');
    expect(await typeOf('application/json')).toBe('application/json; charset=utf-8');
    expect(await typeOf('text/markdown')).toBe('text/markdown; charset=utf-8');
    expect(await typeOf('text/html,application/xhtml+xml;q=0.9,*/*;q=0.8')).toBe('text/html; charset=utf-8');
    expect(await typeOf('text/html;q=0.1, text/markdown')).toBe('text/markdown; charset=utf-8');
    expect(Report.parse(await (await reportAs(jobId)).json())).toEqual(report);
  });

  test('in a form that there is not is 406', async () => {
    const jobId = await createJob(gateway.jobs);
    await complete(gateway, reportSaying('words', jobId));
    const problem = await problemOf(await reportAs(jobId, 'application/pdf'), gateway);
    expect(problem).toMatchObject({ status: 406, code: 'not-acceptable' });
  });

  test('has an ETag of its own for each form, and is sent once', async () => {
    const jobId = await createJob(gateway.jobs);
    await complete(gateway, reportSaying('words', jobId));
    const forms = ['application/json', 'text/markdown', 'text/html'];
    const tags = await Promise.all(forms.map(async (form) => (await reportAs(jobId, form)).headers.get('etag') ?? ''));
    expect(new Set(tags).size).toBe(3);
    const ask = (tag = '') => {
      // `fetch` by itself would ask past every cache.
      const headers = { accept: 'text/html', 'if-none-match': tag, 'cache-control': 'max-age=0' };
      return gateway.job(`/${jobId}/report`, { headers });
    };
    expect((await ask(tags[2])).status).toBe(304);
    const other = await ask(tags[0]);
    expect(other.status).toBe(200);
    expect(other.headers.get('cache-control')).toBe('private, no-cache');
    expect(other.headers.get('vary')).toContain('Accept');
  });

  test('is not sent to HEAD, its headers are', async () => {
    const jobId = await createJob(gateway.jobs);
    await complete(gateway, reportSaying('words', jobId));
    const response = await gateway.job(`/${jobId}/report`, { method: 'HEAD' });
    expect([response.status, await response.text()]).toEqual([200, '']);
    expect(Number(response.headers.get('content-length'))).toBeGreaterThan(100);
  });

  test('never lets the text of a mail become markup', async () => {
    const jobId = await createJob(gateway.jobs);
    const hostile =
      '<script>alert(1)</script> [x](javascript:alert(1)) ![i](http://t.example/p) `code` "q"\n# H\n- l \u202Egpj.exe';
    await complete(gateway, reportSaying(hostile, jobId));
    const response = await reportAs(jobId, 'text/html');
    const csp = response.headers.get('content-security-policy');
    expect(csp).toContain("default-src 'none'");
    const html = await response.text();
    expect(html).not.toMatch(/<(script|img|a|iframe|link|base|form)\b/i);
    expect(html.split('&lt;script&gt;').length).toBeGreaterThan(25);
    expect(html).not.toMatch(/https?:\/\//);
    expect(html).not.toMatch(/\s(src|href|srcset|action|on\w+)=/);
    const markdown = await (await reportAs(jobId, 'text/markdown')).text();
    expect(markdown).not.toMatch(/(?<!\\)[<`[\]!]/);
    expect(markdown).not.toMatch(/(?<!\\):\/\//);
    expect(markdown).not.toContain('\n# H');
    for (const text of [html, markdown]) expect(text).not.toContain('\u202E');
    expect(markdown).toContain('‹U+202E›');
  });
});

describe('a screenshot', () => {
  const PNG = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.from('not really')]);
  const screenshotOf = (jobId: JobId, number: string, init?: RequestInit) =>
    gateway.job(`/${jobId}/screenshots/${number}`, init);

  async function jobShowing(bytes: Uint8Array, tenant = 'default'): Promise<JobId> {
    const jobId = await createJob(gateway.jobs, { tenant });
    const ref = await gateway.blobs.put('default', bytes, { durable: false });
    const visits = [visitSaying('https://one.example/'), visitSaying('https://two.example/', ref)];
    await complete(gateway, { ...reportSaying('words', jobId), visits });
    return jobId;
  }

  test('of a visit comes as a picture that can do nothing, counted as in the report', async () => {
    const jobId = await jobShowing(PNG);
    const response = await screenshotOf(jobId, '2');
    expect([response.status, Buffer.from(await response.arrayBuffer())]).toEqual([200, PNG]);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'image/png',
      'content-disposition': 'inline',
      'x-content-type-options': 'nosniff',
      'cache-control': 'private, no-cache',
    });
    expect(response.headers.get('content-security-policy')).toMatch(/default-src 'none'.*sandbox/);
    const tag = response.headers.get('etag') ?? '';
    const again = await screenshotOf(jobId, '2', { headers: { 'if-none-match': tag, 'cache-control': 'max-age=0' } });
    expect(again.status).toBe(304);
    const markdown = await (await reportAs(jobId, 'text/markdown')).text();
    expect(markdown).toContain(`Screenshot: /api/pipeline/jobs/${jobId}/screenshots/2`);
    expect((await screenshotOf(jobId, '2', { method: 'POST' })).status).toBe(405);
  });

  test.each(['1', '3', '0', '-1', '2.0', 'x', '99999', '__proto__'])('that there is not is 404: %s', async (number) => {
    const problem = await problemOf(await screenshotOf(await jobShowing(PNG), number), gateway);
    expect(problem).toMatchObject({ status: 404, code: 'no-screenshot' });
  });

  test('that is gone, or is no picture, is 404', async () => {
    const page = await jobShowing(Buffer.from('<script>alert(1)</script>'));
    expect(await problemOf(await screenshotOf(page, '2'), gateway)).toMatchObject({ code: 'no-screenshot' });
    const jobId = await createJob(gateway.jobs);
    const visits = [visitSaying('https://one.example/', `default/${'0'.repeat(64)}`)];
    await complete(gateway, { ...reportSaying('words', jobId), visits });
    expect(await problemOf(await screenshotOf(jobId, '1'), gateway)).toMatchObject({ code: 'no-screenshot' });
  });

  test('of another tenant is a job that is not there, and none is shown before there is a report', async () => {
    const foreign = await jobShowing(PNG, 'other');
    expect(await problemOf(await screenshotOf(foreign, '2'), gateway)).toMatchObject({ code: 'job-not-found' });
    const open = await createJob(gateway.jobs);
    expect(await problemOf(await screenshotOf(open, '1'), gateway)).toMatchObject({ code: 'report-not-ready' });
    const keyless = await screenshotOf(open, '1', { headers: { authorization: 'Bearer slu_wrong' } });
    expect(await problemOf(keyless, gateway)).toMatchObject({ status: 401 });
  });
});

describe('DELETE', () => {
  const cancel = (jobId: JobId) => gateway.job(`/${jobId}`, { method: 'DELETE' });
  const Cancelled = JobStatus.pick({ jobId: true, state: true });

  test('ends an open job as cancelled, and says the same when it is repeated', async () => {
    const jobId = await createJob(gateway.jobs);
    for (let times = 0; times < 2; times += 1) {
      const response = await cancel(jobId);
      expect(response.status).toBe(200);
      expect(Cancelled.parse(await response.json())).toEqual({ jobId, state: 'cancelled' });
    }
    expect((await statusOf(jobId)).state).toBe('cancelled');
  });

  test.each(['completed', 'failed', 'expired'] as const)('of a job that is %s is 409', async (state) => {
    const jobId = await createJob(gateway.jobs);
    await end(gateway.jobs, jobId, state);
    expect(await problemOf(await cancel(jobId), gateway)).toMatchObject({ status: 409, code: 'job-ended' });
    expect((await statusOf(jobId)).state).toBe(state);
  });
});

test('the statistics count jobs and queues, and show the workers', async () => {
  const response = await gateway.call('/api/pipeline/orchestrator/stats');
  const text = await response.text();
  expectNoSecret(text, gateway);
  const before = OrchestratorStats.parse(JSON.parse(text));
  expect(Object.keys(before.queues).toSorted()).toEqual(['aggregation', 'analysis', 'sandbox']);
  await gateway.job(`/${await createJob(gateway.jobs)}`, { method: 'DELETE' });
  await createJob(gateway.jobs);
  const after = OrchestratorStats.parse(await (await gateway.call('/api/pipeline/orchestrator/stats')).json());
  expect(after.jobs.accepted).toBe(before.jobs.accepted + 2);
  expect(after.jobs.open).toBe(before.jobs.open + 1);
  expect(after.jobs.ended.cancelled).toBe((before.jobs.ended.cancelled ?? 0) + 1);
  expect(after.averageDurationMs['email-scan']).toBeUndefined();
});
