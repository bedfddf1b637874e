import type { DeadLetter } from '@sluice/contracts';
import { CREATED_MS, jobId } from './job-records.ts';

/** The dead letter of this number; the larger the number, the later it failed. */
export function deadLetter(number: number, more: Partial<DeadLetter> = {}): DeadLetter {
  const task = more.task ?? 'api_analysis.lookup';
  const id = more.jobId ?? jobId(number);
  return {
    v: 1,
    id: `${id}.${task}`,
    tenant: 'acme',
    jobId: id,
    task,
    name: 'provider.lookup',
    pipeline: 'email-scan',
    stage: 'api_analysis',
    pool: 'analysis',
    state: 'scheduled',
    reason: 'backoff',
    fingerprint: '0123456789abcdef',
    error: { code: 'provider-down', message: 'The provider does not answer.', disposition: 'retry' },
    attempts: [
      {
        generation: 1,
        number: 1,
        startedMs: 1,
        endedMs: 2,
        worker: 'w',
        code: 'provider-down',
        message: 'No answer.',
        stack: 'at f',
      },
    ],
    generation: 1,
    redrives: 0,
    payload: { resources: 'acme/x', id: 'y' },
    firstFailedMs: CREATED_MS + number * 1_000,
    lastFailedMs: CREATED_MS + number * 1_000,
    nextMs: CREATED_MS + number * 1_000 + 60_000,
    updatedMs: CREATED_MS + number * 1_000,
    ...more,
  };
}
