import { ALL_BUCKETS, type TaskCatalogue } from '@sluice/contracts';
import type { Failure, JobStore, Order } from '@sluice/fleet/jobs';
import type { Announcer } from '@sluice/fleet/notify';
import type { Producer } from '@sluice/fleet/queue';
import type { Redis } from '@sluice/fleet/redis';
import type { Logger } from '@sluice/fleet/service';
import { createRounds } from '../rounds.ts';
import { createBudget } from './budget.ts';
import { createCases } from './cases.ts';
import { createFailureJudge } from './failures.ts';
import type { RedrivePolicy } from './judge.ts';
import { createFailureList, type FailureList } from '@sluice/fleet/jobs';
import { createOrderClerk } from './orders.ts';
import { createProviderGate, type ProviderGate } from './providers.ts';
import { createRecordDoor, type DeskRecord } from './record.ts';

const EVERY_MS = 1_000;
const AT_ONCE = 50;
/** If this desk dies in the middle, another one takes the entry up after that. */
const LEASE_MS = 15_000;

export interface DeskConfig {
  redis: Redis;
  jobs: JobStore;
  producer: Producer;
  catalogue: TaskCatalogue;
  record: DeskRecord;
  announcer: Pick<Announcer, 'letter'>;
  log: Logger;
  policy: RedrivePolicy;
  /** Redrives may be this part of fresh work, but ten a minute are free. */
  budgetPercent: number;
  /** The parts below are as in service where nothing is said. */
  list?: FailureList;
  gate?: ProviderGate['gate'];
  budgetFloor?: number;
  /** Pause between two looks. */
  everyMs?: number;
  leaseMs?: number;
  /** How long a record that did not answer is left alone. */
  recordPauseMs?: number;
}

/**
 * Looks at every task that did not come to an answer: keeps its dead letter, tries again what time may heal, and carries out people's orders. What heals amends
 * the job's report. Several desks share the list by leases.
 */
export function createDesk(config: DeskConfig) {
  const { redis, jobs, catalogue, log, everyMs = EVERY_MS, leaseMs = LEASE_MS } = config;
  const { list = createFailureList(redis), gate = createProviderGate({ redis }).gate } = config;
  const onRecordError = (error: unknown) => void log.warn('the record did not answer', { error });
  const record = createRecordDoor(config.record, onRecordError, config.recordPauseMs);
  const cases = createCases({ jobs, record, redis, catalogue, announcer: config.announcer });
  const settled = async () => (await jobs.statistics()).settled;
  const budget = createBudget({
    redis,
    percent: config.budgetPercent,
    settled,
    ...(config.budgetFloor === undefined ? {} : { floor: config.budgetFloor }),
  });
  const handleFailure = createFailureJudge({ ...config, list, cases, gate, budget });
  const handleOrder = createOrderClerk({ ...config, list, cases });

  async function handle(entry: Failure | Order): Promise<void> {
    try {
      await (entry.kind === 'order' ? handleOrder(entry) : handleFailure(entry));
    } catch (error) {
      const { kind, jobId, task } = entry;
      log.warn('an entry of the failure list was not handled, it comes again', { kind, jobId, task, error });
    }
  }

  /** One bucket until nothing in it is due. */
  async function workOff(bucket: string): Promise<void> {
    for (;;) {
      const entries = await list.claim(bucket, AT_ONCE, leaseMs);
      for (const entry of entries) {
        if (rounds.isStopped()) return;
        await handle(entry);
      }
      if (entries.length < AT_ONCE) return;
    }
  }

  const rounds = createRounds({
    everyMs,
    work: async () => void (await Promise.all(ALL_BUCKETS.map(workOff))),
    onError: (error) => void log.warn('the failure desk could not look', { error }),
  });
  return rounds;
}
