import { type Accepted, type Report, SluiceError, type SocketMessage, type Verdict } from '@sluice/contracts';
import type { Client } from '../client.ts';
import type { SubmitOptions } from '../submit.ts';
import { lastReport } from './amendments.ts';
import { emptyTally, type Tally } from './exit-status.ts';
import type { Item } from './files.ts';
import type { Progress } from './progress.ts';
import { createTrack } from './track.ts';

/** After these, no other mail would fare better. */
const HOPELESS = new Set([
  'unauthorized',
  'forbidden',
  'unreachable',
  'bad-answer',
  'no-fleet',
  'fleet-not-started',
  'no-key',
]);
/** How long a submission that is under way may take after Ctrl-C: only its answer tells which job to cancel. */
const FAREWELL_MS = 5_000;

export interface ScanConfig {
  /** Asked for when the first mail is at hand. */
  connect: () => Promise<Client>;
  priority: SubmitOptions['priority'];
  tlp: SubmitOptions['tlp'];
  parallel: number;
  /** How long a report with gaps is waited for to be amended; 0: not at all. */
  waitAmendmentsMs: number;
  progress: Progress;
  /** Aborted by Ctrl-C: jobs under way are cancelled. */
  signal: AbortSignal;
  onReport: (name: string, report: Report) => void;
  onProblem: (name: string, problem: string) => void;
}

/**
 * Scans every item, a bounded number at once, and counts the verdicts. What cannot be scanned is told and counted, and the others
 * go on; a fleet that cannot be used at all ends the scan with its `SluiceError`, and the signal with its reason.
 */
export async function scanItems(items: AsyncIterator<Item>, config: ScanConfig): Promise<Tally> {
  const tally = emptyTally();
  const stop = new AbortController();
  const run = { ...config, signal: AbortSignal.any([config.signal, stop.signal]) };
  async function work(): Promise<void> {
    try {
      for (let next = await items.next(); next.done !== true; next = await items.next()) {
        run.signal.throwIfAborted();
        const verdict = await scanItem(next.value, run);
        if (verdict === null) tally.errors += 1;
        else tally.verdicts[verdict] += 1;
      }
    } catch (error) {
      stop.abort(error);
      throw error;
    }
  }
  const ends = await Promise.allSettled(Array.from({ length: config.parallel }, work));
  if (ends.some(({ status }) => status === 'rejected')) run.signal.throwIfAborted();
  return tally;
}

/** Null where there is no verdict. */
async function scanItem(item: Item, config: ScanConfig): Promise<Verdict | null> {
  try {
    if ('problem' in item) throw new SluiceError('unreadable', item.problem);
    const report = await follow(item, config);
    config.onReport(item.name, report);
    return report.verdict;
  } catch (error) {
    if (!(error instanceof SluiceError) || HOPELESS.has(error.code)) throw error;
    config.onProblem(item.name, error.message);
    return null;
  } finally {
    config.progress.remove(item.name);
  }
}

async function follow(item: Exclude<Item, { problem: string }>, config: ScanConfig): Promise<Report> {
  const { progress, signal } = config;
  const client = await config.connect();
  progress.set(item.name, { state: 'sending', percent: 0 });
  const { jobId } = await submit(client, item, config);
  const track = createTrack();
  try {
    signal.throwIfAborted();
    const onEvent = (message: SocketMessage) => progress.set(item.name, track(message));
    const { seq } = await client.wait(jobId, { signal, onEvent });
    const report = await client.report(jobId, signal);
    if (!report.partial || config.waitAmendmentsMs === 0) return report;
    progress.set(item.name, { state: 'waiting for late answers', percent: 100 });
    return await lastReport(client, report, { after: seq, waitMs: config.waitAmendmentsMs, signal });
  } catch (error) {
    if (signal.aborted) await client.cancel(jobId, AbortSignal.timeout(FAREWELL_MS)).catch(() => undefined);
    throw error;
  }
}

async function submit(
  client: Client,
  item: Exclude<Item, { problem: string }>,
  { priority, tlp, signal }: ScanConfig,
): Promise<Accepted> {
  const late = new AbortController();
  const timers: NodeJS.Timeout[] = [];
  const hurry = () => timers.push(setTimeout(() => late.abort(signal.reason), FAREWELL_MS));
  signal.addEventListener('abort', hurry, { once: true });
  try {
    const options = { priority, tlp, signal: late.signal };
    return 'mail' in item
      ? await client.submitMail(item.mail, options)
      : await client.submitObservable(item.observable, options);
  } finally {
    signal.removeEventListener('abort', hurry);
    for (const timer of timers) clearTimeout(timer);
  }
}
