import { type Report, SluiceError } from '@sluice/contracts';
import type { Client } from '../client.ts';

interface AmendmentOptions {
  /** The last number of the job's events that the reader has. */
  after: number;
  waitMs: number;
  signal: AbortSignal;
}

/**
 * Follows the amendments of a report with gaps until nothing is missing any more or the time is over, and gives the last one. What fails meanwhile
 * ends the waiting, not the scan: there is a report already. Throws the signal's reason.
 */
export async function lastReport(client: Client, report: Report, options: AmendmentOptions): Promise<Report> {
  const { after, waitMs, signal } = options;
  const end = AbortSignal.any([signal, AbortSignal.timeout(waitMs)]);
  let latest = report;
  try {
    for await (const message of client.events(report.jobId, { after, follow: true, signal: end })) {
      if (message.type !== 'report.amended') continue;
      latest = await client.report(report.jobId, end);
      if (!latest.partial) break;
    }
  } catch (error) {
    signal.throwIfAborted();
    if (!end.aborted && !(error instanceof SluiceError)) throw error;
  }
  return latest;
}
