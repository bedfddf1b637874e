import { readFileSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Client, createClient } from '@sluice/client';
import { type Fleet, REPOSITORY } from '@sluice/supervisor';
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

const expressions = new Map(
  (readYaml('deploy/prometheus/rules/sluice.yml') as Rules).groups.flatMap(({ rules }) =>
    rules.map(({ alert, expr }) => [alert, expr] as const),
  ),
);
const PATIENCE_MS = 150_000;
const UNLIMITED = ['virustotal', 'shodan', 'abuseipdb', 'gemini'];
const crossed = new Set<string>();

let dataDir: string;
let providers: SimulatedProviders;
let queue: TestRedis;
let cache: TestRedis;
let postgres: TestPostgres;
let fleet: Fleet;
let client: Client;
let apiKey: string;
let prometheus: Prometheus;
let sent = 0;

beforeAll(async () => {
  dataDir = await makeFolder();
  [providers, queue, cache, postgres] = await Promise.all([
    startProviders(Object.fromEntries(UNLIMITED.map((name) => [name, { limits: [] }]))),
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
    // Else what is tried again in vain stands in its line.
    GEMINI_QUOTA: '100/s',
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
  apiKey = readFileSync(join(dataDir, 'admin.key'), 'utf8').trim();
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
  const see = (alert: string) => {
    missing.delete(alert);
    crossed.add(alert);
    // It takes minutes: whoever waits, or ends it, sees how far it came.
    process.stderr.write(`${crossed.size} of ${expressions.size}: ${alert}\n`);
  };
  await eventually(async () => {
    for (const alert of missing) if (await holds(alert)) see(alert);
    if (missing.size > 0) throw new Error(`not seen: ${[...missing].join(', ')}`);
  }, PATIENCE_MS);
}

const inLanes = async (numbers: readonly number[], work: (n: number) => Promise<unknown>): Promise<void> => {
  const rest = numbers.values();
  const lane = async () => {
    for (const n of rest) await work(n);
  };
  await Promise.all(Array.from({ length: 8 }, lane));
};

/** A mail with a link and an address that only mails of this number have. */
function mailOf(n: number, subject = `Offer ${n}`) {
  const received = `from out.example.com (unknown [9.${(n >> 8) % 256}.${n % 256}.8]) by mx.example.net; Mon, 02 Nov 2026 10:00:00 +0000`;
  const html = `<a href="https://shop${n}.example.com/offer/${n}">Offer</a>`;
  return buildMail({ subject, html, headers: { Received: received } });
}

/** A client of its own for each time: one that was told to come again later keeps to that, and some tests want to be refused. */
const impatient = () => createClient({ url: fleet.url, apiKey, patienceMs: 1_000 });

/** So many mails that no other is like. Refusals are what some tests want. */
const send = (count: number) =>
  inLanes(
    Array.from({ length: count }, () => sent++),
    (n) =>
      impatient()
        .submitMail(mailOf(n))
        .catch(() => null),
  );

/** The mails of these numbers once more, as copies with another subject. */
const sendAgain = (count: number) =>
  inLanes(
    Array.from({ length: count }, (_, n) => n),
    (n) =>
      impatient()
        .submitMail(mailOf(n, `Again ${n}`))
        .catch(() => null),
  );

/** So many jobs that are small, however often the gateway says that it has no room now. */
const sendSmall = (count: number) =>
  inLanes(
    Array.from({ length: count }, (_, n) => n),
    (n) =>
      eventually(
        () => impatient().submitObservable({ type: 'ip', value: `9.200.${(n >> 8) % 256}.${n % 256}` }),
        PATIENCE_MS,
      ),
  );

/** Does it over and over while something else is waited for. */
async function meanwhile(again: () => Promise<unknown>, work: Promise<void>): Promise<void> {
  const over = new AbortController();
  const repeating = (async () => {
    while (!over.signal.aborted) await again();
  })();
  try {
    await work;
  } finally {
    over.abort();
    await repeating;
  }
}

interface Pg {
  Client: new (to: {
    connectionString: string;
  }) => {
    connect(): Promise<void>;
    query(text: string): Promise<unknown>;
    end(): Promise<void>;
  };
}

/** Nothing that a fleet does in a short time makes something old: the record is told so. */
async function tellRecord(statement: string): Promise<void> {
  const { Client: PgClient } = createRequire(join(REPOSITORY, 'packages/records/package.json'))('pg') as Pg;
  const record = new PgClient({ connectionString: postgres.url });
  await record.connect();
  try {
    await record.query(statement);
  } finally {
    await record.end();
  }
}

async function removeBlobs(): Promise<void> {
  const entries = await readdir(join(dataDir, 'blobs'), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  await Promise.all(files.map(({ parentPath, name }) => rm(join(parentPath, name), { force: true })));
}

describe('the condition of each alert, provoked in a fleet that a real Prometheus watches', () => {
  test('nothing, where nothing is wrong but that there is no browser', async () => {
    await cross('NoBrowser');
    await eventually(async () => (await prometheus.query('up{job="sluice"} == 1')).length === 6);
    await eventually(async () => {
      const alarms = await Promise.all(
        [...expressions.keys()].map(async (alert) => ((await holds(alert)) ? [alert] : [])),
      );
      expect(alarms.flat()).toEqual(['NoBrowser']);
    });
  }, 60_000);

  test('what is tried again in vain', async () => {
    // Before anything else fails: what heals at the first try would hide it. Nothing of it opens the breaker, which would hold the repetitions back.
    providers.gemini.behave('rubbish');
    await send(20);
    await cross('RetrySuccessLow', 'RetriesMany');
    providers.gemini.behave('well');
  }, 300_000);

  test('a cache that is slow, and answers that nobody holds in memory', async () => {
    await send(100);
    await cross('CacheHitRateLow');
    fleet.kill('analyzer-worker', 'SIGKILL');
    await eventually(async () => (await prometheus.query('up{job="sluice"} == 1')).length === 6, PATIENCE_MS);
    await meanwhile(
      () => cache.command('client', 'pause', 40, 'all'),
      Promise.all([sendAgain(100), cross('CacheLatencyHigh')]).then(() => undefined),
    );
  }, 400_000);

  test('providers that are down, refuse, or reject a key; a quota that is used up; what came to nothing', async () => {
    providers.virustotal.behave('down');
    providers.urlscan.behave('refusing', { retryAfterSeconds: 600 });
    await send(60);
    await cross('ProviderFailing', 'BreakerOpen', 'ProviderRefuses', 'ProviderKeyRejected', 'QuotaExhausted');
    await cross('TaskFailureRateHigh', 'DeadLettersMany');
    await tellRecord("update dead_letters set first_failed_at = now() - interval '25 hours' where state = 'parked'");
    await cross('DeadLettersOld');
    for (const provider of [providers.virustotal, providers.urlscan]) provider.behave('well');
  }, 400_000);

  test('jobs that fail, because their mails are gone', async () => {
    // In two waves: a rate wants a count that grows.
    for (let wave = 0; wave < 2; wave++) {
      fleet.kill('analyzer-worker', 'SIGSTOP');
      await send(40);
      await removeBlobs();
      fleet.kill('analyzer-worker', 'SIGCONT');
      await pause(4_000);
    }
    await cross('JobFailureRateHigh');
  }, 300_000);

  test('a job that cannot be recorded, because what Redis holds of it is damaged', async () => {
    fleet.kill('orchestrator', 'SIGSTOP');
    const { jobId } = await impatient().submitMail(mailOf(sent++));
    const [key] = (await queue.command('keys', `job:{*}:${jobId}`)) as string[];
    await queue.command('hset', key ?? '', 'meta', 'damaged');
    fleet.kill('orchestrator', 'SIGCONT');
    await cross('JobsSetAside');
    await queue.command('del', key ?? '');
  }, 300_000);

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
      await meanwhile(() => send(5), cross('SubmissionsRefused', 'JournalLag'));
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

  test('a process that comes to its turn too seldom', async () => {
    const stutter = async () => {
      fleet.kill('aggregator-worker', 'SIGSTOP');
      await pause(900);
      fleet.kill('aggregator-worker', 'SIGCONT');
      await pause(150);
    };
    await meanwhile(stutter, cross('EventLoopSlow'));
  }, 300_000);

  test('a worker that hangs amid its work', async () => {
    // Jobs that have begun and wait for an answer: only those have a time that can run out.
    providers.virustotal.behave('slow', { delayMs: 8_000 });
    const work = send(30);
    const isWorking = async () =>
      (await prometheus.query('sluice_queue_tasks{pool="analysis",state="running"} > 2')).length > 0;
    await eventually(isWorking, PATIENCE_MS);
    fleet.kill('analyzer-worker', 'SIGSTOP');
    await work;
    await cross('WorkerDown', 'WorkerSilent', 'PoolEmpty', 'ProcessingTimeout');
    await sendSmall(1_010);
    await cross('QueueBehind', 'PendingJobsHigh');
    fleet.kill('analyzer-worker', 'SIGCONT');
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

  test('no alert is left out', () => {
    expect([...crossed].toSorted()).toEqual([...expressions.keys()].toSorted());
  });
});
