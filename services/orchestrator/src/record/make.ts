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
import type { JobRecord, RecordedReport } from '@sluice/records';
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
  /** Number of the last event that the record has. */
  recordedSeq: number;
  /** Null where the record has it all. */
  record: JobRecord | null;
  /** Reports between the last one that was recorded and the newest, each as a record of its own. */
  between: JobRecord[];
}

/** Reads what the record lacks of a job; null where its keys are gone. Throws what makes the job unreadable, and trouble of the servers. */
export async function makeRecord(config: MakeConfig, jobId: JobId, recordedSeq: number): Promise<Made | null> {
  const { jobs, blobs, catalogue } = config;
  const image = await jobs.image(jobId);
  if (image === null) return null;
  const job = readImage(image);
  const made = { jobId, image, hasEnded: job.endedMs !== null, recordedSeq };
  if (image.seq <= recordedSeq) return { ...made, record: null, between: [] };
  const events = (await jobs.eventsAfter(jobId, recordedSeq)).filter(({ seq }) => seq <= image.seq);
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
  return { ...made, record: { image, events, row }, between };
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
