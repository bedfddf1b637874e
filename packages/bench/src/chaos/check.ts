import { ALL_BUCKETS, type JobEvent, type JobId, type Report } from '@sluice/contracts';
import { bucketKeys, type JobSnapshot } from '@sluice/fleet/jobs';
import { isPermanentKey, mastersOf, type Redis } from '@sluice/fleet/redis';
import { eventually } from '@sluice/testkit';
import { failedAttempts, judgeLog, type Rerun, rerunsOf } from './history.ts';
import type { World } from './world.ts';

const AT_ONCE = 8;
const KEYS_PATIENCE_MS = 10_000;
const RECORD_PATIENCE_MS = 30_000;

/** What became of the accepted mails. */
export interface Findings {
  finished: number;
  /** In words, one for each fault that was found. */
  lost: string[];
  doubled: string[];
  reruns: Rerun[];
  /** Tasks whose outcome counts more attempts than failed by themselves. */
  attemptsLost: number;
}

/** Holds every job against its log, its report and the record; `endPatienceMs` is for all of them together. */
export async function checkJobs(world: World, jobIds: readonly JobId[], endPatienceMs: number): Promise<Findings> {
  const findings: Findings = { finished: 0, lost: [], doubled: [], reruns: [], attemptsLost: 0 };
  await allEnded(world, jobIds, endPatienceMs);
  const waiting = jobIds.values();
  const lane = async () => {
    for (const jobId of waiting) await checkJob(world, jobId, findings);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  findings.lost.push(...(await unrecorded(world, jobIds)));
  return findings;
}

async function allEnded(world: World, jobIds: readonly JobId[], patienceMs: number): Promise<void> {
  let open = [...jobIds];
  const look = async () => {
    const ends = await Promise.all(open.map(async (jobId) => (await standingOf(world, jobId))?.endedMs ?? null));
    // One that nobody knows may still be made again from its manifest.
    open = open.filter((_, at) => ends[at] === null);
    if (open.length > 0) throw new Error(`${open.length} jobs have not ended`);
  };
  // Those that do not end are found one by one.
  await eventually(look, patienceMs).catch(() => undefined);
}

/** Every job that Redis holds stands in the record whole: one row, its last event, and a log without a gap. */
async function unrecorded({ jobs, records }: World, jobIds: readonly JobId[]): Promise<string[]> {
  let missing: string[] = [];
  const look = async () => {
    const recorded = await records.jobs.lastSeqs(jobIds);
    const held = await Promise.all(jobIds.map((jobId) => jobs.snapshot(jobId)));
    missing = held.flatMap((job) => {
      if (job === null || recorded.get(job.meta.jobId) === job.seq) return [];
      return [`${job.meta.jobId}: the record knows ${recorded.get(job.meta.jobId) ?? 0} of its ${job.seq} events`];
    });
    return missing.length === 0;
  };
  await eventually(look, RECORD_PATIENCE_MS).catch(() => undefined);
  if (missing.length > 0) return missing;
  const faults: string[] = [];
  const waiting = jobIds.values();
  const lane = async () => {
    for (const jobId of waiting) {
      const [row, events] = await Promise.all([records.jobs.find(jobId), records.jobs.events(jobId, 0)]);
      const { lost, doubled } = judgeLog(events, row?.seq ?? 0);
      faults.push(...[...lost, ...doubled].map((what) => `${jobId} in the record: ${what}`));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return faults;
}

interface Standing {
  state: string;
  seq: number;
  revision: number;
  endedMs: number | null;
  /** Null where only the record knows it. */
  held: JobSnapshot | null;
}

/** A job as Redis holds it, or, where Redis lost it, as the record does. */
async function standingOf({ jobs, records }: World, jobId: JobId): Promise<Standing | null> {
  const held = await jobs.snapshot(jobId);
  const known = held ?? (await records.jobs.find(jobId).catch(() => null));
  if (known === null) return null;
  const { state, seq, revision, endedMs } = known;
  return { state, seq, revision, endedMs, held };
}

async function checkJob(world: World, jobId: JobId, findings: Findings): Promise<void> {
  const about = (what: string) => `${jobId}: ${what}`;
  const job = await standingOf(world, jobId);
  if (job === null || job.state !== 'completed') {
    const why = job?.held ? whyOpen(job.held) : 'in the record';
    findings.lost.push(about(job === null ? 'nobody knows it' : `it is ${job.state}: ${why}`));
    return;
  }
  const events = await wholeLog(world, jobId);
  const { lost, doubled } = judgeLog(events, job.seq);
  const report = await world.client.report(jobId).catch((error: unknown) => String(error));
  lost.push(...judgeReport(report, jobId, job.revision));
  findings.lost.push(...lost.map(about));
  findings.doubled.push(...doubled.map(about));
  if (lost.length === 0) findings.finished += 1;
  findings.reruns.push(...rerunsOf(events));
  findings.attemptsLost += [...(job.held?.tasks.values() ?? [])].filter(
    ({ record, outcome }) =>
      outcome !== null && outcome.attempts > 1 + failedAttempts(events, record.id, outcome.generation),
  ).length;
}

/** The log as a reader gets it: of a job that came back from the record, Redis holds only what happened since. */
async function wholeLog({ jobs, records }: World, jobId: JobId): Promise<JobEvent[]> {
  const held = await jobs.eventsAfter(jobId, 0);
  const first = held[0]?.seq ?? Number.POSITIVE_INFINITY;
  const before = first > 1 ? await records.jobs.events(jobId, 0) : [];
  return [...before.filter(({ seq }) => seq < first), ...held];
}

/** The newest revision; one may have been written since the job was read. */
function judgeReport(report: Report | string, jobId: JobId, revision: number): string[] {
  if (typeof report === 'string') return [`it has no report: ${report}`];
  const isIts = report.jobId === jobId && report.revision >= revision;
  return isIts ? [] : [`its report is revision ${report.revision} of ${report.jobId}, not ${revision}`];
}

function whyOpen(job: JobSnapshot): string {
  const open = [...job.tasks.values()].filter(({ isOpen }) => isOpen);
  const words = open.map(({ record, running, isParked }) => {
    return `${record.id} ${isParked ? 'parked' : (running?.worker ?? 'not begun')}`;
  });
  return words.join(', ') || (job.error?.code ?? 'no task is open');
}

/** Jobs that were ever created. */
export async function countJobs(redis: Redis): Promise<number> {
  const counts = await Promise.all(ALL_BUCKETS.map((bucket) => redis.hget(bucketKeys(bucket).stats, 'accepted')));
  return counts.reduce((sum, count) => sum + Number(count ?? 0), 0);
}

/** Keys that neither expire nor stand in the list of permanent ones, after some patience for what is just being removed. */
export async function leftKeys(redis: Redis): Promise<string[]> {
  let left: string[] = [];
  const look = async () => {
    left = (await Promise.all(mastersOf(redis).map(unexpectedKeys))).flat();
    return left.length === 0;
  };
  await eventually(look, KEYS_PATIENCE_MS).catch(() => undefined);
  return left;
}

async function unexpectedKeys(server: Redis): Promise<string[]> {
  const found: string[] = [];
  let cursor = '0';
  do {
    const [next, keys] = await server.scan(cursor, 'COUNT', 1_000);
    const unlisted = keys.filter((key) => !isPermanentKey(key));
    const lives = await Promise.all(unlisted.map((key) => server.pttl(key)));
    found.push(...unlisted.filter((_, at) => lives[at] === -1));
    cursor = next;
  } while (cursor !== '0');
  return found;
}
