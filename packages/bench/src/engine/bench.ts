import { setTimeout as wait } from 'node:timers/promises';
import { startRedis } from '@sluice/testkit';
import { Redis } from 'ioredis';
import { type BenchmarkResult, type Measures, median, round } from '../measure.ts';
import { startBullmq } from './bullmq.ts';
import { hasCelery, startCelery } from './celery.ts';
import type { Contender } from './contender.ts';
import { startSluice } from './sluice.ts';

const JOBS = 4_000;
const CELERY_JOBS = 400;
const IN_FLIGHT = 1_000;
const IDLE_SAMPLES = 100;
const CONCURRENCY = 50;

/** Throughput with 1,000 jobs in flight, idle latency, Redis commands and bytes for each job; ours beside raw BullMQ and Celery. */
export async function runEngineBench(_words: string[], say: (line: string) => void): Promise<BenchmarkResult> {
  const measures: Measures = {};
  const rounds: Record<string, number[]> = { sluice: [], bullmq: [] };
  for (let turn = 0; turn < 3; turn += 1) {
    for (const start of [startSluice, startBullmq]) {
      const { name, perSecond, idleMs, commands } = await measure((url) => start(url, CONCURRENCY), JOBS);
      rounds[name]?.push(perSecond);
      measures[`${name}_idle_p50_ms`] = round(idleMs, 2);
      measures[`${name}_redis_commands_per_job`] = round(commands);
      say(
        `${name}: ${round(perSecond)} jobs/s, idle p50 ${round(idleMs, 2)} ms, ${round(commands)} Redis commands a job`,
      );
    }
  }
  const ours = median(rounds.sluice ?? []);
  const raw = median(rounds.bullmq ?? []);
  Object.assign(measures, {
    sluice_jobs_per_s: round(ours),
    bullmq_flows_per_s: round(raw),
    ratio_to_bullmq: round(ours / raw, 2),
  });
  if (hasCelery()) {
    const celery = await measure(startCelery, CELERY_JOBS);
    measures.celery_jobs_per_s = round(celery.perSecond);
    measures.celery_idle_p50_ms = round(celery.idleMs, 2);
    measures.ratio_to_celery = round(ours / celery.perSecond, 1);
    say(`celery: ${round(celery.perSecond)} jobs/s, idle p50 ${round(celery.idleMs, 2)} ms`);
  } else {
    say('celery: not measured; Debian packages it as python3-celery (with python3-redis)');
  }
  Object.assign(measures, await measureBytes());
  say(`bytes a job: ${measures.bytes_in_flight} in flight (five tasks queued), ${measures.bytes_finished} finished`);
  say(`ratio to raw BullMQ ${measures.ratio_to_bullmq}, to Celery ${measures.ratio_to_celery ?? 'not measured'}`);
  const method =
    `no-op tasks 1 → 5 → 1; ${JOBS} jobs with ${IN_FLIGHT} in flight, median of 3 alternating rounds; one driver and one worker process ` +
    `with ${CONCURRENCY} slots a queue for Sluice and for BullMQ, Celery with its own defaults (${CELERY_JOBS} jobs); ` +
    'a fresh Redis with AOF each time; Sluice with validation, logs at info and metrics on';
  return { method, measures };
}

async function measure(start: (url: string) => Promise<Contender>, jobs: number) {
  const server = await startRedis({ appendOnly: true });
  const contender = await start(server.url);
  const redis = new Redis(server.url);
  try {
    await carry(contender, Math.min(500, jobs / 4), IN_FLIGHT);
    const before = await commandCount(redis);
    const beganMs = performance.now();
    await carry(contender, jobs, IN_FLIGHT);
    const seconds = (performance.now() - beganMs) / 1_000;
    const commands = ((await commandCount(redis)) - before) / jobs;
    const samples: number[] = [];
    for (let sample = 0; sample < IDLE_SAMPLES; sample += 1) {
      const startMs = performance.now();
      await contender.one();
      samples.push(performance.now() - startMs);
    }
    return { name: contender.name, perSecond: jobs / seconds, idleMs: median(samples), commands };
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
