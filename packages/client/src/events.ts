import { isTerminal, type JobId, type JobState, type JobStatus, SluiceError, SocketMessage } from '@sluice/contracts';
import { isTransient } from './problems.ts';
import { readSocket, type SocketConfig, socketAddress } from './socket.ts';
import { createTrouble, STEADY_MS } from './trouble.ts';

export interface EventsOptions {
  /** The last number that the reader has: no snapshot then, but every event after it. */
  after?: number | undefined;
  /** Goes on after a job has completed, until the signal, because a late answer may amend the report. */
  follow?: boolean;
  signal?: AbortSignal | undefined;
}

export interface EventsConfig {
  url: URL;
  apiKey: string | undefined;
  tenant: string | undefined;
  patienceMs: number;
  status(jobId: JobId, signal?: AbortSignal): Promise<JobStatus>;
  /** The same, asked once. */
  glance(jobId: JobId, signal?: AbortSignal): Promise<JobStatus>;
}

/**
 * What happens to a job, until it has ended: a snapshot, then every event in order, none missing and none twice, across lost
 * connections. Only where the fleet itself forgot events (its Redis lost its last second) a second snapshot comes and the
 * numbers go on from there. Throws a `SluiceError`, `unreachable` when the patience ends, or the signal's reason.
 */
export async function* readEvents(
  config: EventsConfig,
  jobId: JobId,
  { after, follow = false, signal }: EventsOptions,
): AsyncGenerator<SocketMessage, void> {
  let last = after;
  const ends: Ends = (state) => isTerminal(state) && !(follow && state === 'completed');
  const isOver = await endOf(config, jobId, { after, signal }, ends);
  if (isOver(null, after ?? 0)) return;
  const trouble = createTrouble(config);
  for (;;) {
    const startMs = performance.now();
    try {
      for await (const message of readSocket(connectionOf(config, jobId, () => last, signal))) {
        if (message.type !== 'snapshot' && last !== undefined) {
          if (message.seq <= last) continue;
          if (message.seq > last + 1) break;
        }
        last = message.seq;
        trouble.healed();
        yield message;
        if (isOver(message, last)) return;
      }
      if (performance.now() - startMs > STEADY_MS) trouble.healed();
    } catch (error) {
      if (isForgotten(error) && last !== after) last = undefined;
      else if (!isTransient(error)) throw error;
      trouble.cause = error;
    }
    await trouble.wait(signal);
  }
}

/** Whether nothing more comes once a job is in this state. */
type Ends = (state: JobState) => boolean;
type IsOver = (message: SocketMessage | null, last: number) => boolean;

/** A reader that comes after the end would wait for ever: its stream ends with the number that the job has now. */
async function endOf(
  config: EventsConfig,
  jobId: JobId,
  { after, signal }: EventsOptions,
  ends: Ends,
): Promise<IsOver> {
  const now = after === undefined ? null : await config.status(jobId, signal);
  const lastSeq = now !== null && ends(now.state) ? now.seq : Number.POSITIVE_INFINITY;
  return (message, last) => last >= lastSeq || (lastSeq === Number.POSITIVE_INFINITY && endsJob(message, ends));
}

function endsJob(message: SocketMessage | null, ends: Ends): boolean {
  if (message === null) return false;
  return message.type === 'snapshot' ? ends(message.status.state) : message.type === 'job.ended' && ends(message.state);
}

/** The gateway knows no event with a number that we have: it lost what it had told us. */
function isForgotten(error: unknown): boolean {
  return error instanceof SluiceError && error.code === 'bad-sequence';
}

function connectionOf(
  { url, apiKey, tenant, glance }: EventsConfig,
  jobId: JobId,
  lastSeq: () => number | undefined,
  signal: AbortSignal | undefined,
): SocketConfig<SocketMessage> {
  return {
    url: socketAddress(url, `api/pipeline/ws/job/${jobId}`, { after: lastSeq(), tenant }),
    apiKey,
    signal,
    parse: (message) => SocketMessage.parse(message),
    async diagnose() {
      const { seq } = await glance(jobId, signal);
      if ((lastSeq() ?? 0) > seq) throw forgotten();
    },
    // Who gives no answer either is better asked anew.
    isBehind: () =>
      glance(jobId, signal).then(
        ({ seq }) => seq > (lastSeq() ?? -1),
        () => true,
      ),
  };
}

function forgotten(): SluiceError {
  return new SluiceError('bad-sequence', 'The job has no event with this number.', { httpStatus: 400 });
}
