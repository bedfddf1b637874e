import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Accepted, type JobId, Report } from '@sluice/contracts';
import { eventually } from '@sluice/testkit';
import { createWaits } from '../src/requests/scan.ts';
import { MAIL, problemOf, startGateway, type TestGateway } from './gateways.ts';
import { complete, end, reportSaying } from './planner.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway(undefined, { env: { SCANS_PER_KEY: '2' } });
});
afterAll(() => gateway.clear());

let keys = 0;
interface Scan {
  /** Of the job, which is there by then. */
  jobId: JobId;
  answer: Promise<Response>;
  hangUp: () => void;
}

/** Begins a scan, and waits until its job is there. */
async function begin(query = '', headers: Record<string, string> = {}, from = gateway): Promise<Scan> {
  keys += 1;
  const all = { 'content-type': 'message/rfc822', 'idempotency-key': `scan ${keys}`, ...headers };
  const leaver = new AbortController();
  const before = (await from.jobs.statistics()).accepted;
  const init = { method: 'POST', headers: all, body: MAIL, signal: leaver.signal };
  const answer = from.call(`/api/pipeline/scan${query}`, init);
  answer.catch(() => undefined);
  await eventually(async () => expect((await from.jobs.statistics()).accepted).toBe(before + 1));
  const { jobId } = Accepted.parse(await (await from.job('', { method: 'POST', headers: all, body: MAIL })).json());
  return { jobId, answer, hangUp: () => leaver.abort() };
}

describe('the wait for the end of a job', () => {
  const findJob = () => Promise.reject(new Error('Redis is away'));
  const waitsWith = (listen: () => Promise<() => void>) => createWaits({ hub: { listen }, findJob, mostForKey: 1 });

  test('is over at the deadline where nothing can be heard, and listens to nothing afterwards', async () => {
    const listening = Promise.withResolvers<() => void>();
    const signal = AbortSignal.timeout(1);
    expect(await waitsWith(() => listening.promise).forEnd('default', 'a-job', signal)).toBe(false);
    await new Promise<void>((resolve) => listening.resolve(resolve));
  });

  test('is over at once where listening fails', async () => {
    const { signal } = new AbortController();
    const waits = waitsWith(() => Promise.reject(new Error('Connection is closed.')));
    expect(await waits.forEnd('default', 'a-job', signal)).toBe(false);
  });
});

describe('a scan', () => {
  test.each([
    ['', 'application/json', 'application/json; charset=utf-8'],
    ['', 'text/html', 'text/html; charset=utf-8'],
    ['?format=markdown', 'application/json', 'text/markdown; charset=utf-8'],
    ['?format=misp&deadline=120', '*/*', 'application/vnd.misp+json; charset=utf-8'],
  ])(
    'is answered with the report when it is there, in the form that is asked for: %s %s',
    async (query, accept, type) => {
      const { jobId, answer } = await begin(query, { accept });
      await complete(gateway, reportSaying('word', jobId));
      const response = await answer;
      expect([response.status, response.headers.get('content-type')]).toEqual([200, type]);
      expect(response.headers.get('location')).toBe(`/api/pipeline/jobs/${jobId}/status`);
      expect(await response.text()).toContain('word');
    },
  );

  test('that is repeated when its job has ended is answered at once', async () => {
    const headers = { 'idempotency-key': 'again' };
    const { jobId, answer } = await begin('', headers);
    await complete(gateway, reportSaying('word', jobId));
    await answer;
    const init = { method: 'POST', headers: { ...headers, 'content-type': 'message/rfc822' }, body: MAIL };
    const response = await gateway.call('/api/pipeline/scan', init);
    expect(Report.parse(await response.json())).toMatchObject({ jobId });
  });

  test('that takes longer is answered with where to look', async () => {
    const { jobId, answer } = await begin('?deadline=1');
    const response = await answer;
    expect(response.status).toBe(202);
    expect(Accepted.parse(await response.json()).jobId).toBe(jobId);
    expect((await gateway.jobs.snapshot(jobId))?.state).toBe('queued');
  });

  test('of a job that ends without a report is 409', async () => {
    const { jobId, answer } = await begin();
    await end(gateway.jobs, jobId, 'failed');
    expect(await problemOf(await answer, gateway)).toMatchObject({ status: 409, code: 'no-report' });
  });

  test('whose client hangs up goes on, and its place is free again', async () => {
    const scans = [await begin('?deadline=120'), await begin('?deadline=120')];
    for (const { hangUp, answer } of scans) {
      hangUp();
      await expect(answer).rejects.toThrow('abort');
    }
    for (const { jobId } of scans) expect((await gateway.jobs.snapshot(jobId))?.state).toBe('queued');
    await eventually(async () => {
      const init = { method: 'POST', headers: { 'content-type': 'message/rfc822' }, body: MAIL };
      expect((await gateway.call('/api/pipeline/scan?deadline=1', init)).status).toBe(202);
    });
  });

  test('may wait for one key so often; the next one is told to come again, and becomes no job', async () => {
    const scans = [await begin(), await begin()];
    const before = (await gateway.jobs.statistics()).accepted;
    const init = { method: 'POST', headers: { 'content-type': 'message/rfc822' }, body: MAIL };
    const refused = await gateway.call('/api/pipeline/scan', init);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await problemOf(refused, gateway)).toMatchObject({ status: 429, code: 'too-many-waiting' });
    expect((await gateway.jobs.statistics()).accepted).toBe(before);
    const key = await gateway.addKey('acme', 'submitter');
    const other = await gateway.call('/api/pipeline/scan?deadline=1', {
      ...init,
      headers: { ...init.headers, authorization: `Bearer ${key}` },
    });
    expect(other.status).toBe(202);
    for (const { jobId, answer } of scans) {
      await complete(gateway, reportSaying('x', jobId));
      expect((await answer).status).toBe(200);
    }
  });

  test.each([
    ['?deadline=0', {}, 400, 'bad-request'],
    ['?deadline=121', {}, 400, 'bad-request'],
    ['?format=pdf', {}, 400, 'bad-request'],
    ['', { accept: 'image/png' }, 406, 'not-acceptable'],
    ['', { 'idempotency-key': '' }, 400, 'bad-idempotency-key'],
    ['?priority=soon', {}, 400, 'bad-priority'],
    ['?tenant=other', { foreign: 'yes' }, 403, 'foreign-tenant'],
  ])(
    'that asks for what there is not becomes no job: %s %j',
    async (query, headers: Record<string, string>, status, code) => {
      const before = (await gateway.jobs.statistics()).accepted;
      const key = 'foreign' in headers ? await gateway.addKey('acme', 'admin') : gateway.key;
      const all = { 'content-type': 'message/rfc822', authorization: `Bearer ${key}`, ...headers };
      const response = await gateway.call(`/api/pipeline/scan${query}`, { method: 'POST', headers: all, body: MAIL });
      expect(await problemOf(response, gateway)).toMatchObject({ status, code });
      expect((await gateway.jobs.statistics()).accepted).toBe(before);
    },
  );

  test('is answered at once when the gateway stops', async () => {
    const own = await startGateway();
    try {
      const { jobId, answer } = await begin('?deadline=120', {}, own);
      const stopped = own.stop();
      const response = await answer;
      expect([response.status, ((await response.json()) as Accepted).jobId]).toEqual([202, jobId]);
      await stopped;
    } finally {
      await own.clear();
    }
  });
});
