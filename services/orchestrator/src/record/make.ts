import {
  type BlobRef,
  type JobEvent,
  type JobId,
  type JobImage,
  Report,
  SluiceError,
  type TaskCatalogue,
} from '@sluice/contracts';
import type { BlobStore } from '@sluice/fleet/blobs';
import { type JobSnapshot, type JobStore, readImage } from '@sluice/fleet/jobs';
import type { JobRecord, LastEvent, RecordedReport } from '@sluice/records';
import { jobRowOf } from './job-row.ts';
import { lostReports } from './metrics.ts';

export interface MakeConfig {
  jobs: Pick<JobStore, 'image' | 'eventsAfter'>;
  blobs: Pick<BlobStore, 'get'>;
  catalogue: TaskCatalogue;
}

/** A job as it is to be written. */
export interface Made {
  jobId: JobId;
  image: JobImage;
  hasEnded: boolean;
  /** The last event that the record has; null where it does not know the job. */
  recorded: LastEvent | null;
  /** Redis lost what is recorded last, and the job has gone on from before it, or is still there. */
  isAstray: boolean;
  /** Null where the record has it all, or another history. */
  record: JobRecord | null;
  /** Reports between the last one that was recorded and the newest, each as a record of its own. */
  between: JobRecord[];
}

/** Reads what the record lacks of a job; null where its keys are gone. Throws what makes the job unreadable, and trouble of the servers. */
export async function makeRecord(config: MakeConfig, jobId: JobId, recorded: LastEvent | null): Promise<Made | null> {
  const { jobs, blobs, catalogue } = config;
  const image = await jobs.image(jobId);
  if (image === null) return null;
  const job = readImage(image);
  const recordedSeq = recorded?.seq ?? 0;
  const made = { jobId, image, hasEnded: job.endedMs !== null, recorded };
  const nothing = { ...made, record: null, between: [] };
  if (image.seq < recordedSeq) return { ...nothing, isAstray: true };
  const held = await jobs.eventsAfter(jobId, Math.max(0, recordedSeq - 1));
  if (isOtherHistory(held, recorded)) return { ...nothing, isAstray: true };
  if (image.seq === recordedSeq) return { ...nothing, isAstray: false };
  const events = held.filter(({ seq }) => seq > recordedSeq && seq <= image.seq);
  const newest = await readReport(blobs, job, job.result?.report);
  const parts = { image, job, report: newest.report, reportText: newest.text, catalogue };
  const row = jobRowOf(parts);
  const between: JobRecord[] = [];
  for (const ref of reportsIn(events)) {
    if (ref === job.result?.report) continue;
    const { report } = await readReport(blobs, job, ref);
    // With the number of before: what is new is recorded with the newest one.
    if (report?.report != null)
      between.push({ image: { ...image, seq: recordedSeq }, events: [], row: { ...row, report } });
  }
  return { ...made, isAstray: false, record: { image, events, row }, between };
}

/** Two events of one number that did not happen at the same time. The list of a restored job begins after the recorded one, with which it agrees. */
function isOtherHistory(held: readonly JobEvent[], recorded: LastEvent | null): boolean {
  const same = held.find(({ seq }) => seq === recorded?.seq);
  return same !== undefined && recorded?.atMs != null && same.atMs !== recorded.atMs;
}

function reportsIn(events: readonly JobEvent[]): BlobRef[] {
  const refs = events.flatMap((event) =>
    event.type === 'job.ended' || event.type === 'report.amended' ? (event.result?.report ?? []) : [],
  );
  return [...new Set(refs)];
}

/** A report that is gone or damaged is no reason not to record its job. */
async function readReport(
  blobs: MakeConfig['blobs'],
  job: JobSnapshot,
  ref: BlobRef | undefined,
): Promise<{ report: RecordedReport | null; text: string }> {
  if (ref === undefined) return { report: null, text: '' };
  try {
    const text = new TextDecoder().decode(await blobs.get(ref));
    const report = Report.parse(JSON.parse(text));
    return { report: { revision: report.revision, ref, report }, text };
  } catch (error) {
    if (error instanceof SluiceError && error.disposition === 'retry') throw error;
    lostReports.inc();
    return { report: { revision: Math.max(job.revision, 1), ref, report: null }, text: '' };
  }
}
