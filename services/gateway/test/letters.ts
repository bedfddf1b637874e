import { randomUUIDv7 } from 'node:crypto';
import type { DeadLetter } from '@sluice/contracts';

/** A parked dead letter. */
export function letterOf(change: Partial<DeadLetter> = {}): DeadLetter {
  const jobId = change.jobId ?? randomUUIDv7();
  const task = change.task ?? 'api_analysis.lookup.virustotal';
  const nowMs = Date.now();
  return {
    v: 1,
    id: `${jobId}.${task}`,
    tenant: 'default',
    jobId,
    task,
    name: 'provider.lookup',
    pipeline: 'email-scan',
    stage: 'api_analysis',
    pool: 'analysis',
    state: 'parked',
    reason: 'exhausted',
    fingerprint: '0123456789abcdef',
    error: { code: 'provider-down', message: 'The provider does not answer.', disposition: 'retry' },
    attempts: [],
    generation: 1,
    redrives: 3,
    payload: {},
    firstFailedMs: nowMs - 1_000,
    lastFailedMs: nowMs - 500,
    nextMs: null,
    updatedMs: nowMs - 500,
    ...change,
  };
}
