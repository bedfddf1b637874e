import { randomUUIDv7 } from 'node:crypto';
import { type AcceptedRequest, type BatchLine, type JobId, SluiceError, type TenantId } from '@sluice/contracts';
import type { Redis } from '@sluice/fleet/redis';
import type { Logger } from '@sluice/fleet/service';
import type { Records } from '@sluice/records';
import { isOutage } from '../http/outage.ts';
import { refusalOf } from '../http/problem.ts';
import { claimJobId, innerKey, keyedJobId } from '../idempotency.ts';
import type { Submit } from '../submit.ts';
import type { Batch, BatchItem } from './body.ts';
import { faults } from './faults.ts';

/** Mails that are stored at the same time, so that one does not wait for the disk of another; together they have no more bytes than this, or there is one. */
const AT_ONCE = 8;
const BYTES_AT_ONCE = 32 * 1_024 * 1_024;

export interface TakeConfig {
  submit: Submit;
  redis: Redis;
  records: Pick<Records, 'requests'>;
  log: Logger;
  maxMails: number;
  now?: () => number;
}

interface BatchRequest {
  tenant: TenantId;
  idempotencyKey: string | undefined;
  /** Path and id of the HTTP request, for the problems. */
  instance: string;
  httpRequestId: string;
}

export interface Taken {
  answer: AcceptedRequest;
  /** Seconds after which those that were refused for now may come again. */
  retryAfter: string | undefined;
}

export type TakeBatch = ReturnType<typeof createTakeBatch>;

/**
 * Takes a batch in, mail by mail, each as `submit` does: those that are answered with a job are safe. Throws where there is none at all: what was wrong with the first one, or
 * with the body.
 */
export function createTakeBatch({ submit, redis, records, log, maxMails, now = Date.now }: TakeConfig) {
  return async ({ said, items }: Batch, request: BatchRequest): Promise<Taken> => {
    const { tenant, idempotencyKey: key } = request;
    const id = await claimRequestId(redis, tenant, key);
    // A record that is away is known before anything is taken in.
    const createdMs = (await records.requests.find(id))?.createdMs ?? now();
    const outcomes: Outcome[] = [];
    let refusal: unknown;
    const take = async (item: BatchItem, index: number): Promise<void> => {
      const { name } = item;
      if ('error' in item || refusal !== undefined) {
        outcomes[index] = { name, error: 'error' in item ? item.error : refusal };
        return;
      }
      try {
        const jobKey = key === undefined ? undefined : innerKey('batch', key, String(index));
        outcomes[index] = { name, jobId: await submit({ ...item.submission, request: id }, tenant, jobKey) };
      } catch (error) {
        outcomes[index] = { name, error };
        // Whom the fleet has no room for now it has none for the rest.
        if (isForNow(error)) refusal ??= error;
      }
    };
    const fault = await forEach(items, take, maxMails);
    const jobIds = outcomes.flatMap((outcome) => ('jobId' in outcome ? [outcome.jobId] : []));
    if (jobIds.length === 0) throw fault ?? firstError(outcomes) ?? faults.empty();
    await keep({ id, tenant, name: said.name, createdMs, jobIds });
    const answer = answerOf({ id, outcomes, fault }, request);
    const { accepted, refused } = answer;
    log.info('batch accepted', { request: id, tenant, accepted, refused, isWhole: fault === null });
    return {
      answer,
      retryAfter: refusal === undefined ? undefined : refusalFor(refusal, request).headers['retry-after'],
    };
  };

  /** The jobs are safe without it, and name their batch: it is found by them. */
  async function keep(request: Parameters<typeof records.requests.put>[0]): Promise<void> {
    try {
      await records.requests.put(request);
    } catch (error) {
      log.warn('batch not recorded', { request: request.id, error });
    }
  }

  /** How a mail's refusal is told; one that is our fault stands in the log. */
  function refusalFor(error: unknown, { instance, httpRequestId }: BatchRequest) {
    const refusal = refusalOf(error, instance, httpRequestId, now());
    if (refusal.problem.status >= 500) log.error('mail of a batch failed', { requestId: httpRequestId, error });
    return refusal;
  }

  function answerOf({ id, outcomes, fault }: Whole, request: BatchRequest): AcceptedRequest {
    const mails = outcomes.map((outcome, index): BatchLine => {
      const { name } = outcome;
      if ('jobId' in outcome) return { index, name, jobId: outcome.jobId };
      return { index, name, error: refusalFor(outcome.error, request).problem };
    });
    const accepted = outcomes.filter((outcome) => 'jobId' in outcome).length;
    return {
      v: 1,
      requestId: id,
      statusUrl: `/api/pipeline/requests/${id}`,
      accepted,
      refused: outcomes.length - accepted,
      mails,
      fault: fault === null ? null : refusalFor(fault, request).problem,
    };
  }
}

type Outcome = { name: string } & ({ jobId: JobId } | { error: unknown });

interface Whole {
  id: string;
  outcomes: readonly Outcome[];
  /** Why the body was not read to its end. */
  fault: unknown;
}

/** Hands over each item with its number, several at a time; why there were no more, or null at the end. */
async function forEach(
  items: AsyncIterable<BatchItem>,
  take: (item: BatchItem, index: number) => Promise<void>,
  most: number,
): Promise<unknown> {
  const pending = new Map<Promise<void>, number>();
  const bytes = () => [...pending.values()].reduce((sum, each) => sum + each, 0);
  let index = 0;
  let fault: unknown = null;
  try {
    for await (const item of items) {
      if (index >= most) throw faults.tooMany(most);
      const size = 'submission' in item ? (item.submission.mail?.byteLength ?? 0) : 0;
      while (pending.size > 0 && (pending.size >= AT_ONCE || bytes() + size > BYTES_AT_ONCE)) {
        await Promise.race(pending.keys());
      }
      const work: Promise<void> = take(item, index).finally(() => pending.delete(work));
      pending.set(work, size);
      index += 1;
    }
  } catch (error) {
    fault = error;
  }
  await Promise.all(pending.keys());
  return fault;
}

async function claimRequestId(redis: Redis, tenant: TenantId, key: string | undefined): Promise<string> {
  if (key === undefined) return randomUUIDv7();
  // The same after a loss of Redis.
  const claim = { tenant, key: innerKey('batch', key), fingerprint: '' };
  return claimJobId(redis, { ...claim, proposedId: keyedJobId(claim) });
}

function isForNow(error: unknown): boolean {
  return isOutage(error) || (error instanceof SluiceError && [429, 503].includes(error.httpStatus));
}

function firstError(outcomes: readonly Outcome[]): unknown {
  return outcomes.flatMap((outcome) => ('error' in outcome ? [outcome.error] : []))[0];
}
