import { setTimeout as wait } from 'node:timers/promises';
import { startRedis } from '@sluice/testkit';
import { Redis } from 'ioredis';
import { type BenchmarkResult, type Measures, median, round } from '../measure.ts';
import { cpuMsOf } from '../processes.ts';
import { startBullmq } from './bullmq.ts';
import { hasCelery, startCelery } from './celery.ts';
import type { Contender } from './contender.ts';
import { startSluice } from './sluice.ts';

const JOBS = 2_000;
const ROUNDS = 5;
const CELERY_JOBS = 400;
const IN_FLIGHT = 1_000;
const IDLE_SAMPLES = 100;
const CONCURRENCY = 50;

/** Throughput with 1,000 jobs in flight, idle latency, processor time, Redis commands and bytes a job; ours beside raw BullMQ and Celery. */
export async function runEngineBench(_words: string[], say: (line: string) => void): Promise<BenchmarkResult> {
  const ours: Sample[] = [];
  const raw: Sample[] = [];
  for (let turn = 0; turn < ROUNDS; turn += 1) {
    ours.push(await measure('sluice', (url) => startSluice(url, CONCURRENCY), JOBS, say));
    raw.push(await measure('bullmq', (url) => startBullmq(url, CONCURRENCY), JOBS, say));
  }
  const measures: Measures = { ...summary('sluice', ours), ...summary('bullmq', raw) };
  measures.ratio_to_bullmq = round(
    ratio(ours, raw, (sample) => sample.perSecond),
    2,
  );
  measures.cpu_ratio_to_bullmq = round(
    ratio(ours, raw, (sample) => sample.cpuMs),
    2,
  );
  if (hasCelery()) {
    const celery = await measure('celery', startCelery, CELERY_JOBS, say);
    Object.assign(measures, {
      celery_jobs_per_s: round(celery.perSecond),
      celery_idle_p50_ms: round(celery.idleMs, 2),
    });
    measures.ratio_to_celery = round(median(ours.map(({ perSecond }) => perSecond)) / celery.perSecond, 1);
  } else {
    say('celery: not measured; Debian packages it as python3-celery (with python3-redis)');
  }
  Object.assign(measures, await measureBytes());
  const method =
    `no-op tasks 1 → 5 → 1; ${ROUNDS} rounds of ${JOBS} jobs each in turn, ${IN_FLIGHT} in flight, medians, ratios round by round; one driver and one ` +
    `worker process with ${CONCURRENCY} slots a queue for Sluice and for BullMQ, Celery with its own defaults (${CELERY_JOBS} jobs); ` +
    'a fresh Redis with AOF each time; Sluice with validation, logs at info and metrics on; bytes in flight with all five tasks queued';
  return { method, measures };
}

interface Sample {
  perSecond: number;
  idleMs: number;
  commands: number;
  /** Of Redis and the worker process together, for each job. */
  cpuMs: number;
}

/** The median over the rounds of ours divided by theirs. */
function ratio(ours: Sample[], theirs: Sample[], value: (sample: Sample) => number): number {
  return median(ours.map((sample, turn) => value(sample) / value(theirs[turn] ?? sample)));
}

function summary(name: string, samples: Sample[]): Measures {
  const middle = (value: (sample: Sample) => number) => round(median(samples.map(value)), 2);
  return {
    [`${name}_jobs_per_s`]: middle(({ perSecond }) => perSecond),
    [`${name}_idle_p50_ms`]: middle(({ idleMs }) => idleMs),
    [`${name}_cpu_ms_per_job`]: middle(({ cpuMs }) => cpuMs),
    [`${name}_redis_commands_per_job`]: middle(({ commands }) => commands),
  };
}

async function measure(
  name: string,
  start: (url: string) => Promise<Contender>,
  jobs: number,
  say: (line: string) => void,
): Promise<Sample> {
  const server = await startRedis({ appendOnly: true });
  const contender = await start(server.url);
  const redis = new Redis(server.url);
  const pids = [server.pid(), ...contender.pids()];
  try {
    await carry(contender, Math.min(300, jobs / 4), IN_FLIGHT);
    const before = { commands: await commandCount(redis), cpuMs: cpuMsOf(pids), atMs: performance.now() };
    await carry(contender, jobs, IN_FLIGHT);
    const perSecond = (jobs * 1_000) / (performance.now() - before.atMs);
    const cpuMs = (cpuMsOf(pids) - before.cpuMs) / jobs;
    const commands = ((await commandCount(redis)) - before.commands) / jobs;
    const idle: number[] = [];
    for (let sample = 0; sample < IDLE_SAMPLES; sample += 1) {
      const startMs = performance.now();
      await contender.one();
      idle.push(performance.now() - startMs);
    }
    const idleMs = median(idle);
    say(
      `${name}: ${round(perSecond)} jobs/s, idle p50 ${round(idleMs, 2)} ms, ${round(cpuMs, 2)} ms of processor a job`,
    );
    return { perSecond, idleMs, commands, cpuMs };
  } finally {
    redis.disconnect();
    await contender.stop();
    await server.stop();
  }
}

/** Submits so that at most `inFlight` are under way, and waits for the last end. */
async function carry(contender: Contender, jobs: number, inFlight: number): Promise<void> {
  const base = await contender.ended();
  let submitted = 0;
  for (;;) {
    const ended = (await contender.ended()) - base;
    if (ended >= jobs) return;
    const room = Math.min(jobs - submitted, inFlight - (submitted - ended), 100);
    if (room > 0) {
      await contender.submit(room);
      submitted += room;
    } else {
      await wait(20);
    }
  }
}

/** Commands that Redis has done, those inside scripts included. */
async function commandCount(redis: Redis): Promise<number> {
  return Number(/total_commands_processed:(\d+)/.exec(await redis.info('stats'))?.[1]);
}

async function usedBytes(redis: Redis): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1]);
}

/** 1,000 jobs held in the middle stage, then let go. */
async function measureBytes(): Promise<Measures> {
  const server = await startRedis({ appendOnly: true });
  const redis = new Redis(server.url);
  const held = await startSluice(server.url, CONCURRENCY, 'engine,analysis');
  await held.submit(1);
  await wait(300);
  const emptyBytes = await usedBytes(redis);
  await held.submit(IN_FLIGHT);
  await until(async () => (await redis.zcard('{sluice:sandbox}:sandbox:prioritized')) >= 5 * (IN_FLIGHT + 1));
  const heldBytes = await usedBytes(redis);
  const rest = await startSluice(server.url, CONCURRENCY, 'sandbox,aggregation');
  await until(async () => (await rest.ended()) >= IN_FLIGHT + 1);
  const finishedBytes = await usedBytes(redis);
  await Promise.all([held.stop(), rest.stop()]);
  redis.disconnect();
  await server.stop();
  const perJob = (bytes: number) => Math.round((bytes - emptyBytes) / IN_FLIGHT);
  return { bytes_in_flight: perJob(heldBytes), bytes_finished: perJob(finishedBytes) };
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await wait(20);
}
