import { randomUUIDv7 } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { bucketOf, JobId, type JobMeta } from '@sluice/contracts';
import { createJobStore, type JobStore, keysOf } from '@sluice/fleet/jobs';
import { closeRedis, connectRedis, type Redis } from '@sluice/fleet/redis';
import { startRedis, type TestRedis } from '@sluice/testkit';
import { keyedJobId } from '../src/idempotency.ts';
import { createSubmit, type SubmitConfig } from '../src/submit.ts';
import { silentLog } from './gateways.ts';

let server: TestRedis;
let redis: Redis;
let jobs: JobStore;
beforeAll(async () => {
  server = await startRedis();
  redis = connectRedis(server.url, { name: 'test' });
  jobs = createJobStore(redis);
});
beforeEach(() => redis.flushall());
afterAll(async () => {
  await closeRedis(redis);
  await server.stop();
});

class ReplyError extends Error {
  override name = 'ReplyError';
}

const refused = () => Promise.reject(new ReplyError("OOM command not allowed when used memory > 'maxmemory'."));

/** A gateway's way of a submission, with a folder of manifests and a count of places in memory. */
function createHost() {
  const manifests = new Map<JobId, JobMeta>();
  const places = new Set<JobId>();
  const recorded = new Set<JobId>();
  const config: SubmitConfig = {
    redis,
    jobs,
    records: {
      jobs: { lastSeqs: (ids) => Promise.resolve(new Map(ids.filter((id) => recorded.has(id)).map((id) => [id, 9]))) },
    },
    blobs: {
      put: () => Promise.resolve(`default/${'a'.repeat(64)}`),
    } as unknown as SubmitConfig['blobs'],
    inbox: {
      put: async (meta) => void manifests.set(meta.jobId, meta),
      remove: async (jobId) => void manifests.delete(jobId),
    },
    admission: {
      job: async (_tenant, jobId) => void places.add(jobId),
      undo: async (_tenant, jobId) => void places.delete(jobId),
      priority: (_tenant, wanted) => Promise.resolve(wanted),
    },
    pressure: { check: () => Promise.resolve() },
    requireOn: () => Promise.resolve(),
    jobTimeoutMs: 1_000,
    log: silentLog(),
  };
  const submit = (change: Partial<SubmitConfig> = {}, { key, text = 'mail' }: { key?: string; text?: string } = {}) => {
    const mail = new TextEncoder().encode(text);
    return createSubmit({ ...config, ...change })({ pipeline: 'email-scan', priority: 'normal', mail }, 'default', key);
  };
  return { config, manifests, places, recorded, submit };
}

describe('the id of a job under a key', () => {
  const idOf = (key: string, change: { tenant?: string; fingerprint?: string } = {}) =>
    keyedJobId({ tenant: 'default', key, fingerprint: 'f', ...change });

  test('is a job id, the same each time, and another for other tenants, keys and content', () => {
    const ids = [idOf('k'), idOf('l'), idOf('k', { tenant: 'other' }), idOf('k', { fingerprint: 'g' })];
    expect(new Set(ids).size).toBe(4);
    for (const id of ids) expect(JobId.parse(id)).toMatch(/^.{14}8.{4}[89ab]/);
    expect(idOf('k')).toBe(ids[0]);
  });

  test('is spread over all buckets', () => {
    const buckets = new Set(Array.from({ length: 300 }, (_, number) => bucketOf(idOf(`key ${number}`))));
    expect(buckets.size).toBe(16);
  });
});

describe('after a loss of Redis', () => {
  test('a repeated key gets the job of the first time, of which the manifest is still there', async () => {
    const { submit, manifests } = createHost();
    const first = await submit({}, { key: 'k' });
    await redis.flushall();
    expect(await submit({}, { key: 'k' })).toBe(first);
    expect([...manifests.keys()]).toEqual([first]);
    expect(await redis.exists(keysOf(first).job)).toBe(1);
    await redis.flushall();
    expect(await submit({}, { key: 'k', text: 'other' })).not.toBe(first);
    expect(manifests.size).toBe(2);
  });

  test('a repeated key is not made anew where the record knows its job', async () => {
    const { submit, manifests, places, recorded } = createHost();
    const first = await submit({}, { key: 'k' });
    recorded.add(first);
    manifests.clear();
    places.clear();
    await redis.flushall();
    expect(await submit({}, { key: 'k' })).toBe(first);
    expect([manifests.size, places.size, await redis.exists(keysOf(first).job)]).toEqual([0, 0, 0]);
  });

  test('a repetition that is refused leaves the manifest of the accepted mail', async () => {
    const { submit, manifests } = createHost();
    const first = await submit({}, { key: 'k' });
    await redis.flushall();
    await expect(submit({ jobs: { ...jobs, create: refused } }, { key: 'k' })).rejects.toThrow('OOM');
    expect([...manifests.keys()]).toEqual([first]);
  });

  test.each([
    ['away', () => Promise.reject(new Error('away'))],
    ['silent', () => new Promise<never>(() => undefined)],
  ])('a record that is %s keeps nobody out', async (_how, lastSeqs) => {
    const { submit, manifests } = createHost();
    const jobId = await submit({ records: { jobs: { lastSeqs } } }, { key: 'k' });
    expect([...manifests.keys()]).toEqual([jobId]);
  });
});

describe('a submission that Redis refuses', () => {
  test('leaves neither a manifest nor a place behind', async () => {
    const { submit, manifests, places } = createHost();
    await expect(submit({ jobs: { ...jobs, create: refused } })).rejects.toThrow('OOM');
    expect([manifests.size, places.size]).toEqual([0, 0]);
  });

  test('gets the job that another one with its key has made meanwhile, and takes nothing from that', async () => {
    const { submit, manifests, places } = createHost();
    const first = Promise.withResolvers<JobId>();
    const late: SubmitConfig['jobs'] = {
      ...jobs,
      // Between the look whether the job is there and its creation the other one comes first.
      async create() {
        first.resolve(await submit({}, { key: 'k' }));
        return refused();
      },
    };
    const second = await submit({ jobs: late }, { key: 'k' });
    expect(second).toBe(await first.promise);
    expect([[...manifests.keys()], [...places]]).toEqual([[second], [second]]);
  });

  test('keeps its manifest where nobody knows whether the job was made', async () => {
    const { submit, manifests, places } = createHost();
    const lost = () => Promise.reject(new Error('Connection is closed.'));
    await expect(submit({ jobs: { ...jobs, create: lost } })).rejects.toThrow('closed');
    expect([manifests.size, places.size]).toEqual([1, 1]);
  });

  test('gives its place back where the mail could not be kept', async () => {
    const { submit, manifests, places } = createHost();
    const { inbox } = createHost().config;
    const put = () => Promise.reject(new Error('the disk is full'));
    await expect(submit({ inbox: { ...inbox, put } }, { key: randomUUIDv7() })).rejects.toThrow('full');
    expect([manifests.size, places.size]).toEqual([0, 0]);
  });
});
