import { setTimeout as wait } from 'node:timers/promises';
import type { JobId } from '@sluice/contracts';
import type { JobStore } from '@sluice/fleet/jobs';
import type { Announcer } from '@sluice/fleet/notify';
import type { JobRecord, Records } from '@sluice/records';
import { type Made, type MakeConfig, makeRecord } from './make.ts';
import { recordedEvents, recordedJobs, recordSeconds } from './metrics.ts';
import type { Restore } from './restore.ts';
import { isTrouble } from './trouble.ts';

const TRIES = 3;

export interface RecorderConfig extends MakeConfig {
  jobs: MakeConfig['jobs'] & Pick<JobStore, 'recorded'>;
  table: Pick<Records['jobs'], 'lastEvents' | 'write'>;
  inbox: { remove(jobId: JobId): Promise<void> };
  /** Tells webhooks of what is recorded. */
  announcer: Pick<Announcer, 'event'>;
  /** For a job of which Redis holds another history than what is recorded, or an older one. */
  catchUp: Restore['catchUp'];
  /** Between two tries to write a job that PostgreSQL refuses. */
  pauseMs?: number;
}

/** A job that cannot be read or written. */
export interface Faulty {
  jobId: JobId;
  error: unknown;
}

export type Recorder = ReturnType<typeof createRecorder>;

/**
 * Brings jobs into the record as they stand, with the events that it lacks. Any step may be the last one: all of them may be done again, by anybody, and
 * bring the same. Two recorders of one job do no harm: the record keeps the higher number.
 */
export function createRecorder(config: RecorderConfig) {
  const { jobs, table, inbox, announcer, catchUp, pauseMs = 200 } = config;

  /** Every job gets as far as it can, whatever befalls the others; throws trouble of the servers. */
  async function recordJobs(ids: readonly JobId[]): Promise<Faulty[]> {
    const stop = recordSeconds.startTimer();
    const recorded = await table.lastEvents(ids);
    const faulty: Faulty[] = [];
    const made: Made[] = [];
    const readings = ids.map(async (jobId) => {
      try {
        const one = await makeRecord(config, jobId, recorded.get(jobId) ?? null);
        if (one !== null) made.push(one);
      } catch (error) {
        if (isTrouble(error)) throw error;
        faulty.push({ jobId, error });
      }
    });
    await allDone(readings);
    await allDone(made.map(announce));
    faulty.push(...(await write(made.filter(({ record }) => record !== null))));
    stop();
    const refused = new Set(faulty.map(({ jobId }) => jobId));
    await allDone(made.filter(({ jobId }) => !refused.has(jobId)).map(settle));
    return faulty;
  }

  /** Before it is recorded: whoever dies in between announces it again, which is the same. */
  async function announce({ record }: Made): Promise<void> {
    if (record === null) return;
    const { tenant, pipeline } = record.row;
    for (const event of record.events) await announcer.event(tenant, pipeline, event);
  }

  /** All at once; where PostgreSQL refuses that, the halves, until what it refuses is alone. */
  async function write(batch: readonly Made[], tried = 1): Promise<Faulty[]> {
    if (batch.length === 0) return [];
    try {
      const between = batch.flatMap((made) => made.between);
      for (const one of between) await table.write([one]);
      await table.write(batch.flatMap(({ record }) => record ?? []));
      count(batch.flatMap(({ record }) => record ?? []));
      return [];
    } catch (error) {
      if (isTrouble(error)) throw error;
      const [only, other] = batch;
      if (only === undefined || other !== undefined) {
        const middle = Math.ceil(batch.length / 2);
        return [...(await write(batch.slice(0, middle))), ...(await write(batch.slice(middle)))];
      }
      if (tried >= TRIES) return [{ jobId: only.jobId, error }];
      await wait(pauseMs * tried);
      return write(batch, tried + 1);
    }
  }

  /** What holds once the record has the job: it can be found without Redis and without its manifest. */
  async function settle({ jobId, hasEnded, recorded, isAstray }: Made): Promise<void> {
    if (recorded !== null && isAstray) return catchUp(jobId, recorded);
    if (recorded === null) await inbox.remove(jobId);
    if (hasEnded) await jobs.recorded(jobId);
  }

  return { record: recordJobs };
}

/** Waits for all of them, and then throws the first error. */
async function allDone(promises: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(promises);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

function count(records: readonly JobRecord[]): void {
  for (const { image, events } of records) {
    recordedJobs.inc({ state: image.state });
    recordedEvents.inc(events.length);
  }
}
