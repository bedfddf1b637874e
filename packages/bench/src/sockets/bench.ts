import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { Accepted, CreatedApiKey } from '@sluice/contracts';
import { eventually } from '@sluice/testkit';
import { type BenchmarkResult, quantile, round } from '../measure.ts';
import { type PrivateFleet, startPrivateFleet } from '../private-fleet.ts';
import { cpuMsOf, watchMemory } from '../processes.ts';
import { OFFLINE } from '../simulators.ts';
import { brokenBy } from './promises.ts';
import type { Order, Told } from './reader-host.ts';

const SOCKETS = 2_000;
const TENANTS = 4;
const SECONDS = 60;
const JOBS_PER_SECOND = 4;
/** Readers of one job; as many of a job that was opened before go, so that their number stays. */
const READERS_OF_A_JOB = 20;
const PATIENCE_MS = 120_000;
/** A submission that takes longer counts as refused. */
const ANSWER_WITHIN_MS = 30_000;

interface Readers {
  order(order: Order): void;
  tell(): Promise<Told>;
  stop(): Promise<void>;
}

/**
 * 2,000 readers of one gateway: how long an event takes to them, and whether each has each. Argument: jobs submitted in a second (4). Throws where an event is missing or comes
 * twice, a socket is refused or dropped, a reader of a tenant does not see the end of a job, or the 99th percentile is above the requirements' 2 s.
 */
export async function runSocketsBench(words: string[], say: (line: string) => void): Promise<BenchmarkResult> {
  const perSecond = Number(words[0] ?? JOBS_PER_SECOND);
  sayLimits(say);
  const priv = await startPrivateFleet({ ...OFFLINE, SANDBOX_BROWSER: 'off', LOG_LEVEL: 'warn' });
  const [readers, probe] = [startReaders(), startReaders()];
  try {
    return await measure({ priv, readers, probe, perSecond, say });
  } finally {
    await Promise.all([readers.stop(), probe.stop()]);
    await priv.stop();
  }
}

interface Run {
  priv: PrivateFleet;
  readers: Readers;
  /** One more reader of each tenant and of some jobs, in a process that has nothing else to do. */
  probe: Readers;
  perSecond: number;
  say: (line: string) => void;
}

async function measure({ priv, readers, probe, perSecond, say }: Run): Promise<BenchmarkResult> {
  const { fleet, client } = priv;
  const keys = await Promise.all(Array.from({ length: TENANTS }, (_, at) => makeTenant(priv, `bench-${at}`)));
  const gateway = fleet.processes().find(({ name }) => name.startsWith('gateway'))?.pid ?? 0;
  const idleBytes = await residentNow(gateway);
  const ws = `${fleet.url.replace('http', 'ws').replace(/\/$/, '')}/api/pipeline/ws`;
  for (const key of keys) {
    readers.order({ do: 'jobs', url: `${ws}/jobs`, key, count: SOCKETS / 2 / TENANTS });
    probe.order({ do: 'jobs', url: `${ws}/jobs`, key, count: 1 });
  }
  let jobs = 0;
  async function submit(): Promise<void> {
    const key = keys[jobs % TENANTS] ?? '';
    jobs += 1;
    const jobId = await submitOne(fleet.url, key, jobs);
    readers.order({ do: 'job', url: `${ws}/job/${jobId}`, key, jobId, count: READERS_OF_A_JOB });
    if (jobs > SOCKETS / 2 / READERS_OF_A_JOB) readers.order({ do: 'leave' });
  }
  // First as many jobs as fill all places.
  for (let at = 0; at < SOCKETS / 2 / READERS_OF_A_JOB; at += 1)
    await Promise.all([submit(), pause(1_000 / perSecond)]);
  const early: Told[] = [];
  await eventually(async () => {
    const now = await readers.tell();
    early.push(now);
    return now.open.jobs === SOCKETS / 2;
  }, PATIENCE_MS);
  say(`${SOCKETS} sockets are open; ${perSecond} jobs/s for ${SECONDS} s`);
  const [memory, cpuMs, beganMs] = [watchMemory(() => [gateway]), cpuMsOf([gateway]), performance.now()];
  const before = jobs;
  const refused: unknown[] = [];
  const under: Promise<void>[] = [];
  for (let at = 0; at < SECONDS * perSecond; at += 1) {
    under.push(submit().catch((error: unknown) => void refused.push(error)));
    await pause(Math.max(0, beganMs + ((at + 1) * 1_000) / perSecond - performance.now()));
  }
  await Promise.all(under);
  const seconds = (performance.now() - beganMs) / 1_000;
  const gatewayCpu = (cpuMsOf([gateway]) - cpuMs) / (seconds * 1_000);
  const [told, probed] = await Promise.all([readers.tell(), probe.tell()]);
  const peakBytes = memory.stop();
  await eventually(async () => (await client.stats()).jobs.open === 0, PATIENCE_MS);
  await pause(1_000);
  const last = await readers.tell();
  for (const [stream, samples] of [
    ['job', told.jobMs],
    ['tenant', told.tenantMs],
  ] as const) {
    say(
      `${stream}: ${samples.length} events at readers, p50 ${quantile(samples, 0.5)} ms, p99 ${quantile(samples, 0.99)} ms`,
    );
  }
  const sum = (of: (one: Told) => number) => [...early, told, last].reduce((total, one) => total + of(one), 0);
  const [gaps, socketsRefused] = [sum((one) => one.gaps), sum((one) => one.refused)];
  const broken = brokenBy({
    told,
    last,
    refused: refused.length,
    socketsRefused,
    gaps,
    // Those of the newest job may be on their way.
    sockets: SOCKETS - READERS_OF_A_JOB,
    ends: Math.floor(jobs / TENANTS),
  });
  if (broken.length > 0) throw new Error(`promises are broken: ${broken.join('; ')}`);
  return {
    method: `whole fleet and ${TENANTS} tenants on this machine, one gateway, ${told.open.jobs} sockets of tenants and ${told.open.job} of jobs (20 a job; those of older jobs go, others come), all in one process; time from the Redis time of an event to its reader (of a tenant's stream: of the newest event in a change)`,
    measures: {
      sockets: told.open.jobs + told.open.job,
      jobs_per_second: round((jobs - before) / seconds),
      submissions_refused: refused.length,
      ...spread('job_event_ms', told.jobMs),
      ...spread('tenant_event_ms', told.tenantMs),
      ...spread('tenant_event_at_a_lone_reader_ms', probed.tenantMs),
      messages_per_second: round((told.jobMs.length + told.tenantMs.length) / seconds, 0),
      gateway_cores: round(gatewayCpu, 2),
      gateway_idle_mb: round(idleBytes / 1e6, 0),
      gateway_peak_mb: round(peakBytes / 1e6, 0),
      sockets_refused: socketsRefused,
      closed_by_gateway: JSON.stringify(last.closed),
      gaps,
      ended_jobs: jobs,
      // Each tenant has a part of the jobs.
      ended_seen_by_a_reader: last.ended.join(' to '),
    },
  };
}

function spread(name: string, samples: readonly number[]): Record<string, number> {
  const at = (part: number) => round(quantile(samples, part), 0);
  return { [`${name}_p50`]: at(0.5), [`${name}_p95`]: at(0.95), [`${name}_p99`]: at(0.99), [`${name}_max`]: at(1) };
}

async function residentNow(pid: number): Promise<number> {
  const memory = watchMemory(() => [pid]);
  await pause(1_500);
  return memory.stop();
}

/** Nothing is raised here: where files are too few, it is said. */
function sayLimits(say: (line: string) => void): void {
  const files = Number(/Max open files\s+(\d+)/.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]);
  if (files < SOCKETS + 500) say(`only ${files} files may be open (ulimit -n): fewer than ${SOCKETS} sockets will be`);
}

async function makeTenant({ fleet }: PrivateFleet, tenant: string): Promise<string> {
  const adminKey = (await readFile(`${fleet.dataDir}/admin.key`, 'utf8')).trim();
  const ask = (path: string, body: object) => post(fleet.url, path, adminKey, body);
  // All its sockets are opened at once, and each counts as a request.
  await ask('api/admin/tenants', { tenant, name: tenant, plan: { requestsPerSecond: SOCKETS } });
  const created = await ask('api/admin/keys', { tenant, name: 'bench', role: 'analyst' });
  return CreatedApiKey.parse(created).key;
}

async function submitOne(url: string, key: string, number: number): Promise<string> {
  const ip = `203.0.113.${number % 250}`;
  return Accepted.parse(await post(url, 'api/pipeline/jobs', key, { ip })).jobId;
}

async function post(url: string, path: string, key: string, body: object): Promise<unknown> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const answer = await fetch(new URL(path, url), {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  });
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
  return answer.json();
}

function startReaders(): Readers {
  const script = new URL('./reader-host.ts', import.meta.url).pathname;
  const child: ChildProcessByStdio<Writable, Readable, null> = spawn(process.execPath, [script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines: Interface = createInterface({ input: child.stdout });
  const died = once(child, 'exit').then(() => Promise.reject(new Error('the readers have died')));
  died.catch(() => undefined);
  const order = (one: Order) => void child.stdin.write(`${JSON.stringify(one)}\n`);
  return {
    order,
    async tell() {
      const line = once(lines, 'line');
      order({ do: 'tell' });
      const [text] = (await Promise.race([line, died])) as [string];
      return JSON.parse(text) as Told;
    },
    async stop() {
      const ended = once(child, 'exit');
      child.kill();
      await ended;
    },
  };
}
