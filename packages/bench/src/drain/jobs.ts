import { randomUUIDv7 } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { JobEventBody, JobId, JobMeta, TaskRecord } from '@sluice/contracts';
import { type BlobStore, putDocument } from '@sluice/fleet/blobs';
import { encodeStage, field, type JobChanges, type JobStore } from '@sluice/fleet/jobs';
import { Report } from '@sluice/contracts';

/** A whole report of a mail; what is measured has one of its own for each job. */
const GOLDEN = new URL('../../../contracts/test/golden/report.v1.json', import.meta.url);
const TENANT = 'default';
const STAGE = 'checks';
const TASKS = 8;
const AT_ONCE = 32;

/** Lets so many jobs of a mail go their way, as nobody records them: 8 tasks and a report of 14 KB each, 20 changes in the journal. */
export async function fillJournal(jobs: JobStore, blobs: BlobStore, count: number): Promise<JobId[]> {
  const golden = Report.parse(JSON.parse(await readFile(GOLDEN, 'utf8')));
  const ids = Array.from({ length: count }, () => randomUUIDv7());
  const waiting = ids.values();
  const lane = async () => {
    for (const jobId of waiting) await runJob(jobs, blobs, { ...golden, jobId });
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return ids;
}

async function runJob(jobs: JobStore, blobs: BlobStore, report: Report): Promise<void> {
  const { jobId } = report;
  const blob = `${TENANT}/${jobId.replaceAll('-', '').padEnd(64, '0')}`;
  const input = { blob, sizeBytes: 1_000 };
  const fixed = { v: 1, tenant: TENANT, pipeline: 'email-scan', priority: 'normal', timeoutMs: 600_000 } as const;
  const meta: JobMeta = { ...fixed, jobId, input };
  await jobs.create(meta);
  const tasks = Array.from({ length: TASKS }, (_, at) => plannedTask(at));
  await apply(jobs, jobId, { ...planOf(tasks), stateIndex: 1, dueMs: Date.now() + 600_000, ended: false });
  for (const { id, name } of tasks) {
    const task = { jobId, task: id, stage: STAGE, name, generation: 1, wakes: false };
    await jobs.begin(task, 'bench');
    const settledMs = Date.now();
    await jobs.settle(task, 'done', { attempts: 1, startedMs: settledMs, settledMs, worker: 'bench', result: {} });
  }
  const ref = await putDocument(blobs, TENANT, Report, report);
  const result = { report: ref, summary: { verdict: report.verdict, score: report.score } };
  const fields = { result: JSON.stringify(result), revision: 1 };
  const events: JobEventBody[] = [{ type: 'job.ended', state: 'completed', result }];
  await apply(jobs, jobId, { fields, events, state: 'completed', stateIndex: 2, dueMs: null, ended: true });
}

function plannedTask(at: number): TaskRecord {
  return {
    id: `${STAGE}.${at}`,
    name: 'provider.lookup',
    stage: STAGE,
    payload: { at },
    required: false,
    wakes: false,
  };
}

function planOf(tasks: readonly TaskRecord[]): Pick<JobChanges, 'fields' | 'events' | 'state'> {
  const fields: JobChanges['fields'] = {
    stages: JSON.stringify([{ name: STAGE, state: STAGE, share: 100 }]),
    [field.stage(STAGE)]: encodeStage({ status: 'active', startedMs: Date.now(), endedMs: null, open: 0 }),
    [field.open(STAGE)]: tasks.length,
  };
  for (const task of tasks) {
    Object.assign(fields, { [field.task(task.id)]: JSON.stringify(task), [field.generation(task.id)]: 1 });
  }
  const events = tasks.map(({ id, name }): JobEventBody => {
    return { type: 'task.planned', task: id, stage: STAGE, name, generation: 1 };
  });
  return { fields, events, state: STAGE };
}

async function apply(jobs: JobStore, jobId: JobId, changes: Omit<JobChanges, 'amended'>): Promise<void> {
  const seen = await jobs.snapshot(jobId);
  if (seen === null || !(await jobs.apply(seen, { ...changes, amended: false }))) throw new Error('no plan was made');
}
