import type { ChildProcess } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { startRedis } from '@sluice/testkit';
import { endChild, forkHost } from '../engine/contender.ts';
import { type Count, countArrivals, mean } from './count.ts';
import type { Door } from './door.ts';
import { LIMIT, PROCESSES, RUN_MS, WINDOW_MS } from './model.ts';

/** A limiter as a module that connects, says that it is ready, waits for the word and then calls as fast as it is let; see caller.ts. */
interface Contender {
  /** Prefix of its measures. */
  name: string;
  host: string;
  args?: string[];
  /** How it is set up. */
  how: string;
}

export const contenders: Contender[] = [
  { name: 'sluice', host: './sluice-host.ts', how: 'createQuotas and withQuota, callers wait until retryAtMs' },
  { name: 'sluice_line', host: './line-host.ts', how: 'createLine, 200 questions parked by each process' },
  {
    name: 'bullmq',
    host: './bullmq-host.ts',
    how: 'Worker with limiter {max: 20, duration: 2000}, concurrency 20, 400 jobs',
  },
  {
    name: 'flexible',
    host: './flexible-host.ts',
    how: 'RateLimiterQueue over RateLimiterRedis {points: 20, duration: 2}, which waits msBeforeNext',
  },
  {
    name: 'bottleneck_spread',
    host: './bottleneck-host.ts',
    args: ['spread'],
    how: 'clustered by ioredis, minTime 100, maxConcurrent 20',
  },
  {
    name: 'bottleneck_reservoir',
    host: './bottleneck-host.ts',
    args: ['reservoir'],
    how: 'the same with a reservoir of 20 filled again after 2000 ms instead of minTime (clustered it looks every 5 s only)',
  },
];

export interface Outcome extends Count {
  /** From the sending of a call to its answer, in the mean. */
  callMs: number;
  /** Share of `limit / window` that was used. */
  useOfWindow: number;
  /** Share of `limit / (window + mean call time)`: more is not possible without knowing when a call arrives. */
  useOfPossible: number;
}

/** One contender against the door, in processes of its own and with a Redis of its own. */
export async function runContender({ name, host, args = [] }: Contender, door: Door): Promise<Outcome> {
  const server = await startRedis();
  const hosts: ChildProcess[] = [];
  try {
    const file = new URL(host, import.meta.url).href;
    const starts = Array.from({ length: PROCESSES }, (_, place) =>
      forkHost(file, [server.url, door.url, String(place), ...args]),
    );
    const started = await Promise.allSettled(starts);
    for (const start of started) if (start.status === 'fulfilled') hosts.push(start.value);
    for (const start of started) if (start.status === 'rejected') throw start.reason;
    const calls = await runHosts(name, hosts);
    return outcomeOf(door.take(), calls);
  } finally {
    await Promise.all(hosts.map(endChild));
    await server.stop();
    door.take();
  }
}

/** Lets all of them call for the length of a run; how long each call took that was answered (ms). */
async function runHosts(name: string, hosts: ChildProcess[]): Promise<number[]> {
  const calls: number[] = [];
  const done = new AbortController();
  const ended = hosts.map(
    (child) =>
      new Promise<never>((_resolve, reject) => {
        child.on('message', (message) => calls.push((message as { callMs: number }).callMs));
        child.once('exit', (code) => reject(new Error(`a process of ${name} ended with ${code}`)));
      }),
  );
  for (const child of hosts) child.send('begin');
  try {
    await Promise.race([wait(RUN_MS, undefined, { signal: done.signal }), ...ended]);
  } finally {
    done.abort();
    for (const child of hosts) child.removeAllListeners();
  }
  return calls;
}

function outcomeOf(arrivalsMs: number[], calls: number[]): Outcome {
  const count = countArrivals(arrivalsMs, LIMIT, WINDOW_MS);
  const callMs = mean(calls);
  const useWith = (ms: number) => (count.perSecond * ms) / 1_000 / LIMIT;
  return { ...count, callMs, useOfWindow: useWith(WINDOW_MS), useOfPossible: useWith(WINDOW_MS + callMs) };
}
