import { Accepted, type ObservableKind, type Priority, Report, SluiceError, type Tlp } from '@sluice/contracts';
import type { Asker } from './ask.ts';
import type { Call } from './transport.ts';

const DEFAULT_PARALLEL = 8;
const DEFAULT_DEADLINE_SECONDS = 30;
/** On top of the deadline, for what is sent and told. */
const TRANSFER_MS = 60_000;

export interface SubmitOptions {
  priority?: Priority | undefined;
  /** How far the mail may travel; the tenant's default where nothing is said. */
  tlp?: Tlp | undefined;
  /** The same key and content give the same job for 24 h; where none is given, a new one covers the repetitions of this call. */
  idempotencyKey?: string | undefined;
  signal?: AbortSignal | undefined;
}

export interface Observable {
  type: ObservableKind;
  value: string;
}

/** Something to scan: a mail as it is (RFC 5322 bytes, 25 MB at most), or an observable. */
export type Submission = { mail: Uint8Array } | { observable: Observable };

export interface SubmitManyOptions extends Omit<SubmitOptions, 'idempotencyKey'> {
  /** Submissions under way at once: 8. */
  parallel?: number;
}

/** A report, or where it took longer than the deadline, the job that goes on. One of the two is null. */
export interface Scanned {
  report: Report | null;
  accepted: Accepted | null;
}

/** What became of the submission at this place of the input, from 0. One of the two is null. */
export interface Submitted {
  index: number;
  accepted: Accepted | null;
  error: SluiceError | null;
}

/** Ways to submit. */
export interface SubmitMethods {
  /** Submits a mail as it is (RFC 5322 bytes, 25 MB at most). */
  submitMail(mail: Uint8Array, options?: SubmitOptions): Promise<Accepted>;
  submitObservable(observable: Observable, options?: SubmitOptions): Promise<Accepted>;
  /** Submits and waits for the report in one call, for `deadlineSeconds` (30, at most 120). Throws `no-report` where there will be none. */
  scan(submission: Submission, options?: SubmitOptions & { deadlineSeconds?: number }): Promise<Scanned>;
  /**
   * Submits each of many, a bounded number at once, and tells of each as it is answered, in no order. The input is read no faster than
   * it is submitted. What is refused is told and the others go on; the signal ends it with its reason. Leaving the loop calls off
   * those that are under way.
   */
  submitMany(
    submissions: Iterable<Submission> | AsyncIterable<Submission>,
    options?: SubmitManyOptions,
  ): AsyncGenerator<Submitted, void>;
}

/** `tenant`: in whose name, where it is not that of the key. */
export function submitMethods({ ask, askByStatus }: Asker, tenant: string | undefined): SubmitMethods {
  const submit = async (submission: Submission, options: SubmitOptions = {}) =>
    ask(Accepted, { ...callOf(submission, options, tenant), path: 'api/pipeline/jobs' });
  return {
    submitMail: (mail, options) => submit({ mail }, options),
    submitObservable: (observable, options) => submit({ observable }, options),
    async scan(submission, options = {}) {
      const { deadlineSeconds = DEFAULT_DEADLINE_SECONDS } = options;
      const call = callOf(submission, options, tenant);
      return askByStatus<Scanned>(SCANNED, {
        ...call,
        path: 'api/pipeline/scan',
        query: { ...call.query, deadline: deadlineSeconds },
        timeoutMs: deadlineSeconds * 1_000 + TRANSFER_MS,
      });
    },
    submitMany: (submissions, { parallel = DEFAULT_PARALLEL, signal, ...options } = {}) =>
      inParallel(submissions, parallel, (one, left) => {
        return submit(one, { ...options, signal: signal === undefined ? left : AbortSignal.any([signal, left]) });
      }),
  };
}

const SCANNED: Readonly<Record<number, { parse(value: unknown): Scanned }>> = {
  200: { parse: (value) => ({ report: Report.parse(value), accepted: null }) },
  202: { parse: (value) => ({ report: null, accepted: Accepted.parse(value) }) },
};

function callOf(submission: Submission, options: SubmitOptions, tenant: string | undefined): Omit<Call, 'path'> {
  const { priority, tlp, idempotencyKey = newKey(), signal } = options;
  const key = { 'idempotency-key': idempotencyKey };
  if ('observable' in submission) {
    const { type, value } = submission.observable;
    return { method: 'POST', query: { tenant }, headers: key, json: { [type]: value, priority, tlp }, signal };
  }
  const headers = { ...key, 'content-type': 'message/rfc822', ...(tlp === undefined ? {} : { 'x-tlp': tlp }) };
  const body = submission.mail as Uint8Array<ArrayBuffer>;
  return { method: 'POST', query: { priority, tenant }, headers, body, signal };
}

/** 128 random bits. `crypto.randomUUID` is not there on pages without TLS. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

async function* inParallel(
  submissions: Iterable<Submission> | AsyncIterable<Submission>,
  parallel: number,
  submit: (submission: Submission, left: AbortSignal) => Promise<Accepted>,
): AsyncGenerator<Submitted, void> {
  const underWay = new Map<number, Promise<Submitted>>();
  const leaving = new AbortController();
  const next = async function* (most: number) {
    while (underWay.size > most) {
      const submitted = await Promise.race(underWay.values());
      underWay.delete(submitted.index);
      yield submitted;
    }
  };
  let index = 0;
  try {
    for await (const submission of submissions) {
      const submitted = outcomeOf(index, submit(submission, leaving.signal));
      // It may reject while the input is waited for; the race above hears of it.
      submitted.catch(() => undefined);
      underWay.set(index, submitted);
      index += 1;
      yield* next(Math.max(1, parallel) - 1);
    }
    yield* next(0);
  } finally {
    leaving.abort();
  }
}

/** Rejects with nothing but the signal's reason. */
async function outcomeOf(index: number, submitting: Promise<Accepted>): Promise<Submitted> {
  try {
    return { index, accepted: await submitting, error: null };
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    return { index, accepted: null, error };
  }
}
