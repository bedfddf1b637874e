import type { JobEvent, JobId, Report } from '@sluice/contracts';
import type { JobSnapshot } from '@sluice/fleet/jobs';
import { isPermanentKey, mastersOf, type Redis } from '@sluice/fleet/redis';
import { eventually } from '@sluice/testkit';
import { failedAttempts, judgeLog, type Rerun, rerunsOf } from './history.ts';
import type { World } from './world.ts';

const LANES = 8;
const PAGE = 500;
/** What a dead reader left is found and done with within it. */
const KEYS_PATIENCE_MS = 25_000;
const RECORD_PATIENCE_MS = 60_000;

/** What became of the accepted mails. */
export interface Findings {
  /** In words that begin with the job's id, one for each thing that was found. */
  lost: string[];
  doubled: string[];
  reruns: Rerun[];
  /** Tasks whose outcome counts more attempts than failed by themselves. */
  attemptsLost: number;
}

/** Holds every job against its log, its report and the record; `endPatienceMs` is for all of them together. */
export async function checkJobs(world: World, jobIds: readonly JobId[], endPatienceMs: number): Promise<Findings> {
  const findings: Findings = { lost: [], doubled: [], reruns: [], attemptsLost: 0 };
  await allEnded(world, jobIds, endPatienceMs);
  await inLanes(jobIds, (jobId) => checkJob(world, jobId, findings));
  await checkRecord(world, jobIds, findings);
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

/** Every job stands in the record whole: one row, at least as far as it had come now, and a log without a gap. */
async function checkRecord({ jobs, records }: World, jobIds: readonly JobId[], findings: Findings): Promise<void> {
  const held = await Promise.all(jobIds.map((jobId) => jobs.snapshot(jobId)));
  let missing: string[] = [];
  const look = async () => {
    const recorded = await records.jobs.lastSeqs(jobIds);
    missing = jobIds.flatMap((jobId, at) => {
      const [known = 0, seq = 1] = [recorded.get(jobId), held[at]?.seq];
      return known >= seq ? [] : [`${jobId}: the record knows ${known} of its ${seq} events`];
    });
    return missing.length === 0;
  };
  await eventually(look, RECORD_PATIENCE_MS).catch(() => undefined);
  findings.lost.push(...missing);
  if (missing.length > 0) return;
  await inLanes(jobIds, async (jobId) => {
    const row = await records.jobs.find(jobId);
    const events = await records.jobs.events(jobId, 0);
    const { lost, doubled } = judgeLog(events, row?.seq ?? 0);
    findings.lost.push(...lost.map((what) => `${jobId}: in the record ${what}`));
    findings.doubled.push(...doubled.map((what) => `${jobId}: in the record ${what}`));
  });
}

/** A few at once. */
async function inLanes(jobIds: readonly JobId[], work: (jobId: JobId) => Promise<void>): Promise<void> {
  const waiting = jobIds.values();
  const lane = async () => {
    for (const jobId of waiting) await work(jobId);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
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
  findings.reruns.push(...rerunsOf(events));
  findings.attemptsLost += [...(job.held?.tasks.values() ?? [])].filter(
    ({ record, outcome }) =>
      outcome !== null && outcome.attempts > 1 + failedAttempts(events, record.id, outcome.generation),
  ).length;
}

/** The log as a reader gets it: of a job that came back from the record, Redis holds only what happened since. */
export async function wholeLog({ jobs, records }: World, jobId: JobId): Promise<JobEvent[]> {
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

/** Jobs in the record that no client was ever told of: a mail that was submitted again has become another job. */
export async function strangers({ records }: World, told: ReadonlySet<JobId>): Promise<string[]> {
  const found: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await records.jobs.search({ tenant: null, limit: PAGE, cursor });
    found.push(...page.jobs.map(({ jobId }) => jobId).filter((jobId) => !told.has(jobId)));
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return found;
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
