import { hostname } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import type { Pool } from '@sluice/contracts';
import { createProducer } from '@sluice/fleet/queue';
import { closeRedis, connectRedis } from '@sluice/fleet/redis';
import { readWorkers } from '@sluice/fleet/service';
import {
  type Bounds,
  type Delays,
  type Leaning,
  loadOf,
  nextSize,
  reasonToReplace,
  UPRIGHT,
  wantedProcesses,
  type WorkerLife,
} from './pool-size.ts';
import type { Program } from './program.ts';

const LOOK_EVERY_MS = 1_000;
const ANSWER_WITHIN_MS = 2_000;

type Worker = Awaited<ReturnType<typeof readWorkers>>[number];

/** The processes of a pool: `programs` has one more than `bounds.most`, for the successor of one that is replaced. */
export interface PoolPrograms {
  pool: Pool;
  bounds: Bounds;
  programs: readonly Program[];
}

interface Member {
  name: string;
  /** Null between two lives. */
  pid: number | null;
}

export interface ScalerConfig {
  pools: readonly PoolPrograms[];
  redisUrl: string;
  delays: Delays;
  life: WorkerLife;
  /** Those that are kept, between two lives as well. */
  staff(): Member[];
  /** Starts a program and keeps it. Resolves when it is ready; rejects where it will not start, and it is gone then. */
  hire(program: Program): Promise<void>;
  /** Lets a process finish what it holds. Resolves when it is gone. */
  dismiss(name: string): Promise<void>;
  say(line: string): void;
}

export interface Scaler {
  /** Nothing is hired or dismissed any more when this resolves. */
  stop(): Promise<void>;
}

/** Grows and shrinks pools by the work in their queues, and replaces workers that have lived long enough, one of a pool at a time. */
export function startScaler(config: ScalerConfig): Scaler {
  const redis = connectRedis(config.redisUrl, { name: 'supervisor', answerWithinMs: ANSWER_WITHIN_MS });
  const producer = createProducer(redis);
  const ending = new AbortController();
  const pools = config.pools.map((pool) => createPoolScaler(config, pool));
  const loop = look();

  /** While Redis is away nothing is decided. */
  async function look(): Promise<void> {
    while (!ending.signal.aborted) {
      const seen = await Promise.all([producer.counts(), readWorkers(redis, Date.now())]).catch(() => null);
      if (seen !== null && !ending.signal.aborted) {
        const [counts, workers] = seen;
        for (const each of pools) {
          const { waiting = 0, active = 0 } = counts[each.pool] ?? {};
          each.look(waiting + active, workers);
        }
      }
      await wait(LOOK_EVERY_MS, undefined, { signal: ending.signal }).catch(() => undefined);
    }
  }

  return {
    async stop() {
      ending.abort();
      await closeRedis(redis);
      await loop;
      await producer.close().catch(() => undefined);
    },
  };
}

function createPoolScaler(config: ScalerConfig, { pool, bounds, programs }: PoolPrograms) {
  const { say } = config;
  /** Names of those that come or go. */
  const coming = new Set<string>();
  const leaving = new Set<string>();
  let leaning: Leaning = UPRIGHT;

  const names = new Set(programs.map(({ name }) => name));
  const present = (): Member[] => config.staff().filter(({ name }) => names.has(name));
  const staff = (): Member[] => present().filter(({ name }) => !leaving.has(name));

  function hire(why: string): Promise<boolean> {
    const taken = new Set([...staff().map(({ name }) => name), ...coming, ...leaving]);
    const program = programs.find(({ name }) => !taken.has(name));
    if (program === undefined) return Promise.resolve(false);
    coming.add(program.name);
    say(`starting ${program.name}: ${why}`);
    return config
      .hire(program)
      .then(
        () => true,
        (error: unknown) => {
          say(`${program.name} was not started: ${error instanceof Error ? error.message : String(error)}`);
          return false;
        },
      )
      .finally(() => coming.delete(program.name));
  }

  function dismiss(name: string, why: string): void {
    leaving.add(name);
    say(`stopping ${name}: ${why}`);
    void config.dismiss(name).finally(() => leaving.delete(name));
  }

  /** The successor first: the pool is never without a process. */
  async function replace({ name }: Member, why: string): Promise<void> {
    if (await hire(`${name} is replaced, because ${why}`)) dismiss(name, 'its successor is ready');
  }

  function look(work: number, workers: readonly Worker[]): void {
    if (coming.size > 0) return;
    const ours = staff();
    const here = { host: hostname(), pids: new Set(present().flatMap(({ pid }) => pid ?? [])) };
    const known = workers.filter((worker) => worker.pool === pool && worker.alive);
    const wanted = wantedProcesses(loadOf(work, known, here), bounds);
    const next = nextSize(leaning, { processes: ours.length, wanted, nowMs: Date.now() }, config.delays);
    leaning = next.leaning;
    for (let more = ours.length; more < next.size; more++) void hire(`${work} tasks wait or run in its pool`);
    if (next.size < ours.length) {
      for (const { name } of ours.slice(next.size)) dismiss(name, 'its pool has too little to do');
    }
    const ofHere = known.filter(({ host }) => host === here.host);
    if (next.size === ours.length) replaceOne(ours, ofHere);
  }

  function replaceOne(ours: readonly Member[], workers: readonly Worker[]): void {
    for (const worker of workers) {
      const why = reasonToReplace(worker, config.life, Date.now());
      const found = ours.find(({ pid }) => pid === worker.pid);
      if (why !== null && found !== undefined) return void replace(found, why);
    }
  }

  return { pool, look };
}
