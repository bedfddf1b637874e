import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Client, createClient } from '@sluice/client';
import type { Fleet } from '@sluice/supervisor';
import {
  buildMail,
  eventually,
  type SimulatedProviders,
  startProviders,
  startRedis,
  startTestPostgres,
  type TestPostgres,
  type TestRedis,
} from '@sluice/testkit';
import { readYaml } from './deploy-yaml.ts';
import { makeFolder, releaseAll, removeFolder, startHouse } from './fleets.ts';
import { type Prometheus, startPrometheus } from './prometheus.ts';

interface Rules {
  groups: { rules: { alert: string; expr: string }[] }[];
}

/** Needs hours, a damaged row, or a slow network. Their expressions are tried by promtool alone. */
const NOT_PROVOKED = ['CacheLatencyHigh', 'DeadLettersOld', 'JobsSetAside'];
const expressions = new Map(
  (readYaml('deploy/prometheus/rules/sluice.yml') as Rules).groups.flatMap(({ rules }) =>
    rules.map(({ alert, expr }) => [alert, expr] as const),
  ),
);
const PATIENCE_MS = 150_000;
const crossed = new Set<string>();

let dataDir: string;
let providers: SimulatedProviders;
let queue: TestRedis;
let cache: TestRedis;
let postgres: TestPostgres;
let fleet: Fleet;
let client: Client;
let prometheus: Prometheus;
let sent = 0;

beforeAll(async () => {
  dataDir = await makeFolder();
  [providers, queue, cache, postgres] = await Promise.all([
    startProviders({ virustotal: { limits: [] }, shodan: { limits: [] }, abuseipdb: { limits: [] } }),
    startRedis(),
    startRedis({ policy: 'allkeys-lru' }),
    startTestPostgres(),
  ]);
  fleet = await startHouse(dataDir, {
    ...providers.env,
    REDIS_URL: queue.url,
    CACHE_REDIS_URL: cache.url,
    DATABASE_URL: postgres.url,
    SHODAN_API_KEY: 'a-key-that-nobody-knows',
    VIRUSTOTAL_QUOTA: '100/s',
    ABUSEIPDB_QUOTA: '1/h',
    SANDBOX_BROWSER: 'off',
    SANDBOX_MAX_VISITS: '0',
    MAIL_AUTH_DNS: 'off',
    ANALYZER_WORKERS: '1',
    JOB_TIMEOUT: '30',
    RETRY_BACKOFF_BASE_SECONDS: '1',
    RETRY_BUDGET_PERCENT: '1000',
    PROVIDER_BREAKER_PAUSE_SECONDS: '1',
    JOURNAL_HIGH_WATER: '100',
    QUEUE_AGE_HIGH_WATER: '86400',
    LOG_LEVEL: 'error',
  });
  const apiKey = readFileSync(join(dataDir, 'admin.key'), 'utf8').trim();
  client = createClient({ url: fleet.url, apiKey });
  await releaseAll(client);
  const targets = fleet.processes().map(({ name, metricsPort }) => {
    return { address: `127.0.0.1:${metricsPort}`, component: name.replace(/-\d+$/, '') };
  });
  prometheus = await startPrometheus(targets);
}, 300_000);
afterAll(async () => {
  await fleet?.stop();
  await Promise.all([prometheus, queue, cache, postgres, providers].map((each) => each?.stop()));
  await removeFolder(dataDir);
}, 120_000);

const holds = async (alert: string): Promise<boolean> => {
  const series = await prometheus.query(expressions.get(alert) ?? '');
  return series.length > 0;
};

/** Each of these alerts has its condition at some moment from now on; for how long it must hold is promtool's to try. */
async function cross(...alerts: string[]): Promise<void> {
  const missing = new Set(alerts);
  await eventually(async () => {
    for (const alert of missing) if (await holds(alert)) missing.delete(alert);
    if (missing.size > 0) throw new Error(`not seen: ${[...missing].join(', ')}`);
  }, PATIENCE_MS);
  for (const alert of alerts) crossed.add(alert);
}

/** Mails with a link and an address that no other has. Refusals are what some tests want. */
async function send(count: number): Promise<void> {
  const numbers = Array.from({ length: count }, () => sent++).values();
  const lane = async () => {
    for (const n of numbers) {
      const received = `from out.example.com (unknown [9.${(n >> 8) % 256}.${n % 256}.8]) by mx.example.net; Mon, 02 Nov 2026 10:00:00 +0000`;
      const html = `<a href="https://shop${n}.example.com/offer/${n}">Offer</a>`;
      await client
        .submitMail(buildMail({ subject: `Offer ${n}`, html, headers: { Received: received } }))
        .catch(() => null);
    }
  };
  await Promise.all(Array.from({ length: 8 }, lane));
}

describe('the condition of each alert, provoked in a fleet that a real Prometheus watches', () => {
  test('nothing, where nothing is wrong but that there is no browser', async () => {
    await cross('NoBrowser');
    await eventually(async () => (await prometheus.query('up{job="sluice"} == 1')).length === 6);
    const alarms = await Promise.all(
      [...expressions.keys()].map(async (alert) => ((await holds(alert)) ? [alert] : [])),
    );
    expect(alarms.flat()).toEqual(['NoBrowser']);
  }, 60_000);

  test('providers that are down, refuse, or reject a key; a quota that is used up; what came to nothing', async () => {
    await send(100);
    await cross('CacheHitRateLow');
    providers.virustotal.behave('down');
    providers.urlscan.behave('refusing', { retryAfterSeconds: 600 });
    await send(60);
    await cross('ProviderFailing', 'BreakerOpen', 'ProviderRefuses', 'ProviderKeyRejected', 'QuotaExhausted');
    await cross('TaskFailureRateHigh', 'DeadLettersMany');
  }, 400_000);

  test('what is tried again in vain', async () => {
    // Nothing of it opens the breaker, which would hold the repetitions back.
    providers.gemini.behave('rubbish');
    await send(20);
    await cross('RetrySuccessLow', 'RetriesMany');
  }, 200_000);

  test('a cache that is full, and one that is away', async () => {
    const used = await cache.usedBytes();
    await cache.limitMemory(Math.ceil(used * 1.05));
    await cross('CacheMemoryHigh');
    await cache.limitMemory(used);
    const fill = send(40);
    await cross('CacheEvictionsHigh');
    await fill;
    cache.pause();
    await cross('CacheAway');
    cache.resume();
  }, 400_000);

  test('a record that is away', async () => {
    await postgres.crash();
    try {
      const work = send(40);
      await cross('RecordAway', 'DeadLettersUnsaved');
      await work;
      const refused = send(5);
      await cross('SubmissionsRefused', 'JournalLag');
      await refused;
    } finally {
      await postgres.restart();
    }
    await eventually(async () => !(await holds('RecordAway')), PATIENCE_MS);
  }, 500_000);

  test('a Redis that is full, and one that is away', async () => {
    await queue.limitMemory(Math.ceil((await queue.usedBytes()) * 1.1));
    await cross('RedisMemoryHigh');
    await queue.limitMemory(0);
    queue.pause();
    await cross('RedisConnectionLost');
    queue.resume();
    await eventually(async () => !(await holds('RedisConnectionLost')), PATIENCE_MS);
  }, 400_000);

  test('a worker that hangs amid its work', async () => {
    const work = send(1_200);
    await eventually(
      async () => (await prometheus.query('sluice_queue_tasks{state="running"} > 0')).length > 0,
      PATIENCE_MS,
    );
    fleet.kill('analyzer-worker', 'SIGSTOP');
    await cross('WorkerDown', 'WorkerSilent', 'PoolEmpty');
    await cross('ProcessingTimeout', 'JobFailureRateHigh');
    await work;
    await cross('QueueBehind', 'PendingJobsHigh');
    fleet.kill('analyzer-worker', 'SIGCONT');
    await cross('EventLoopSlow');
  }, 600_000);

  test('messages that are lost', async () => {
    fleet.kill('analyzer-worker', 'SIGSTOP');
    const prefix = '{sluice:analysis}:analysis';
    for (const list of ['wait', 'prioritized', 'active', 'delayed']) await queue.command('del', `${prefix}:${list}`);
    await cross('JobsStuck');
    fleet.kill('analyzer-worker', 'SIGCONT');
  }, 300_000);

  test('a fleet that nobody sees', async () => {
    await fleet.stop();
    await cross('FleetUnseen');
  }, 120_000);

  test('no alert is left out but those that are named', () => {
    expect([...crossed, ...NOT_PROVOKED].toSorted()).toEqual([...expressions.keys()].toSorted());
  });
});
