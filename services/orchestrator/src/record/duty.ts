import { setTimeout as wait } from 'node:timers/promises';
import type { Redis } from '@sluice/fleet/redis';
import { createLease } from './lease.ts';

export interface DutyConfig {
  name: string;
  redis: Redis;
  worker: string;
  /** Between two rounds; a step that left something to do is followed by the next at once. */
  everyMs: number;
  /** Does a batch; true when there is more. Two processes may do it at once for a moment. */
  step: () => Promise<boolean>;
  onError: (duty: string, error: unknown) => void;
}

export interface Duty {
  start(): void;
  /** Resolves when no step runs any more. */
  stop(): Promise<void>;
}

/** Something that one of the orchestrators does again and again. A step that throws comes again in the next round. */
export function createDuty(config: DutyConfig): Duty {
  const { name, redis, worker, everyMs, step, onError } = config;
  const lease = createLease(redis, name, worker);
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();

  async function round(): Promise<boolean> {
    try {
      return (await lease.hold()) && (await step());
    } catch (error) {
      onError(name, error);
      return false;
    }
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) if (!(await round())) await pause(everyMs);
    await lease.release().catch((error: unknown) => onError(name, error));
  }

  const pause = (ms: number) => wait(ms, undefined, { signal: stopping.signal }).catch(() => undefined);

  return {
    start() {
      running = run();
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
