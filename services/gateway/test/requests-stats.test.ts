import { randomUUIDv7 } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { FleetStats, type JobId, JobPage, TenantStats, WorkerReport } from '@sluice/contracts';
import type { JobRow } from '@sluice/records';
import { createJob, problemOf, startGateway, type TestGateway } from './gateways.ts';
import { letterOf } from './letters.ts';
import { end } from './planner.ts';
import { record } from './recorded.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.clear());

/** A job that the record knows; it is open where no end is said. */
async function recorded(tenant: string, row: Partial<JobRow>): Promise<JobId> {
  const jobId = await createJob(gateway.jobs, { tenant });
  if (row.endedMs !== undefined) await end(gateway.jobs, jobId, 'completed');
  await record(gateway, jobId, { pipeline: 'email-scan', createdMs: 0, endedMs: null, ...row });
  return jobId;
}

const statsOf = async (query: string) =>
  TenantStats.parse(await (await gateway.call(`/api/pipeline/stats${query}`)).json());

describe("a tenant's statistics", () => {
  test('count its jobs of a period by state and verdict, and nothing of others', async () => {
    const at = (minutes: number) => 1_000_000 + minutes * 60_000;
    await recorded('counted', { createdMs: at(0), endedMs: at(0) + 4_000, verdict: 'malicious' });
    await recorded('counted', { createdMs: at(1), endedMs: at(1) + 2_000, verdict: 'clean', isPartial: true });
    await recorded('counted', { createdMs: at(2) });
    await recorded('counted', { createdMs: at(3), endedMs: at(3), verdict: 'clean', pipeline: 'notify' });
    await recorded('other', { createdMs: at(1), endedMs: at(1), verdict: 'malicious' });
    const all = await statsOf(`?tenant=counted&sinceMs=${at(0)}&untilMs=${at(9)}`);
    expect(all).toMatchObject({
      tenant: 'counted',
      jobs: 3,
      verdicts: { clean: 1, suspicious: 0, malicious: 1 },
      partial: 1,
      meanDurationMs: 3_000,
      isComplete: true,
    });
    expect(Object.values(all.states).reduce((sum, count) => sum + count, 0)).toBe(3);
    expect(all.states.completed).toBeGreaterThanOrEqual(2);
    expect(await statsOf(`?tenant=counted&sinceMs=${at(1)}&untilMs=${at(2)}`)).toMatchObject({ jobs: 1 });
    const last = await statsOf('?tenant=counted');
    expect([last.jobs, last.meanDurationMs, last.untilMs - last.sinceMs]).toEqual([0, null, 86_400_000]);
  });

  test('and a list by batch names the jobs of that batch alone', async () => {
    const requestId = randomUUIDv7();
    const jobId = await recorded('counted', { requestId, createdMs: 5 });
    await recorded('counted', { requestId: randomUUIDv7(), createdMs: 6 });
    const list = async (query: string) => JobPage.parse(await (await gateway.job(query)).json());
    const { items } = await list(`?tenant=counted&requestId=${requestId}`);
    expect(items.map((job) => job.jobId)).toEqual([jobId]);
    expect((await list(`?requestId=${requestId}`)).items).toEqual([]);
  });

  test('are not those of a foreign tenant, and not for a submitter', async () => {
    const ask = async (role: 'submitter' | 'admin', query: string) => {
      const headers = { authorization: `Bearer ${await gateway.addKey('acme', role)}` };
      return problemOf(await gateway.call(`/api/pipeline/stats${query}`, { headers }), gateway);
    };
    expect(await ask('admin', '?tenant=counted')).toMatchObject({ status: 403, code: 'foreign-tenant' });
    expect(await ask('submitter', '')).toMatchObject({ status: 403, code: 'forbidden' });
    expect(await ask('admin', '?sinceMs=yesterday')).toMatchObject({ status: 400, code: 'bad-request' });
  });
});

describe("the fleet's statistics", () => {
  const read = async (key = gateway.key) => {
    const headers = { authorization: `Bearer ${key}` };
    return FleetStats.parse(await (await gateway.call('/api/pipeline/orchestrator/stats', { headers })).json());
  };

  test('say in small numbers how everything is, and where there is more', async () => {
    await gateway.records.deadLetters.save(letterOf({ tenant: 'default', state: 'parked' }));
    await gateway.records.deadLetters.save(letterOf({ tenant: 'acme', state: 'scheduled' }));
    const stats = await read();
    expect(stats).toMatchObject({
      quotas: { total: 0, url: '/api/quotas' },
      cache: { isEnabled: false, url: '/api/cache/stats' },
      deadLetters: { scheduled: 1, parked: 1, url: '/api/admin/dead-letters' },
    });
    expect(Object.keys(stats.queues).length).toBeGreaterThan(0);
    const own = await read(await gateway.addKey('acme', 'analyst'));
    expect(own.deadLetters).toMatchObject({ scheduled: 1, parked: 0 });
  });

  test('sum up the workers of a pool, those that are alive', async () => {
    const base = { v: 1, service: 'analyzer-worker', version: '1', pid: 1, host: 'h', startedMs: 0, cpuPercent: 1 };
    const rest = { rssBytes: 1, eventLoopLagMs: 1, tasksDone: 10, tasksFailed: 1, concurrency: 4, pool: 'analysis' };
    const jobId = await createJob(gateway.jobs);
    for (const [worker, seenMs] of [
      ['w1', Date.now()],
      ['w2', Date.now()],
      ['w3', 0],
    ] as const) {
      const doing = [{ jobId, task: 'x', sinceMs: 0 }];
      await gateway.redis.hset(
        'workers',
        worker,
        JSON.stringify(WorkerReport.parse({ ...base, ...rest, worker, seenMs, doing })),
      );
    }
    const { pools } = await read();
    expect(pools.analysis).toMatchObject({ workers: 2, concurrency: 8, doing: 2, tasksDone: 20, tasksFailed: 2 });
    const foreign = await read(await gateway.addKey('acme', 'analyst'));
    expect(foreign.pools.analysis).toEqual(pools.analysis);
    expect(foreign.workers.flatMap(({ doing }) => doing)).toEqual([]);
  });

  test('say of the record only that it is away, and the rest as ever', async () => {
    const alone = await startGateway(undefined, { databaseUrl: 'postgres://x:x@127.0.0.1:1/x' });
    try {
      const response = await alone.call('/api/pipeline/orchestrator/stats');
      expect(FleetStats.parse(await response.json())).toMatchObject({ deadLetters: null, quotas: { total: 0 } });
    } finally {
      await alone.clear();
    }
  });
});
