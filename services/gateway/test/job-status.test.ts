import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { bucketOf, type JobId, JobStatus } from '@sluice/contracts';
import { bucketKeys } from '@sluice/fleet/jobs';
import { eventually, startRedis, type TestRedis } from '@sluice/testkit';
import { createJob, problemOf, startGateway, type TestGateway } from './gateways.ts';

let cacheServer: TestRedis;
let gateway: TestGateway;
beforeAll(async () => {
  cacheServer = await startRedis({ policy: 'allkeys-lru' });
  gateway = await startGateway(undefined, { env: { CACHE_REDIS_URL: cacheServer.url, CACHE_JOB_STATUS_TTL: '2' } });
});
afterAll(async () => {
  await gateway.clear();
  await cacheServer.stop();
});

let jobId: JobId;
beforeEach(async () => {
  jobId = await createJob(gateway.jobs, { pipeline: 'known' });
  await expectedToTake(60_000);
});

async function statusOf(key = gateway.key): Promise<Response> {
  return gateway.job(`/${jobId}/status`, { headers: { authorization: `Bearer ${key}` } });
}

const read = async () => JobStatus.parse(await (await statusOf()).json());
/** What the estimate is made of: it changes without a change of the job. */
const expectedToTake = (ms: number) => gateway.redis.hset(bucketKeys(bucketOf(jobId)).stats, 'mean:known', ms);

describe('the status of a job', () => {
  test('comes from the cache while the job stays as it is, for CACHE_JOB_STATUS_TTL', async () => {
    const first = await read();
    await expectedToTake(9_000_000);
    expect(await read()).toEqual(first);
    await eventually(async () => (await read()).estimatedCompletionMs !== first.estimatedCompletionMs);
  });

  test('is never older than the last change of the job, whoever made it', async () => {
    expect((await read()).state).toBe('queued');
    await gateway.jobs.cancel(jobId);
    expect((await read()).state).toBe('cancelled');
  });

  test('is said to its tenant alone, cached or not', async () => {
    const foreign = await gateway.addKey('acme', 'analyst');
    expect(await problemOf(await statusOf(foreign), gateway)).toMatchObject({ status: 404, code: 'job-not-found' });
    await read();
    expect(await problemOf(await statusOf(foreign), gateway)).toMatchObject({ status: 404, code: 'job-not-found' });
    expect(await read()).toMatchObject({ jobId });
  });

  test("is read all the same while the cache's server is away", async () => {
    await cacheServer.crash();
    try {
      expect(await read()).toMatchObject({ jobId, state: 'queued' });
    } finally {
      await cacheServer.restart();
    }
  });
});
