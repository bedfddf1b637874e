import { DeadLetter } from '@sluice/contracts';
import type { Insertable, Selectable } from 'kysely';
import type { DeadLettersColumns } from '../database/schema.ts';

export function toLetter(row: Selectable<DeadLettersColumns>): DeadLetter {
  return DeadLetter.parse({
    v: 1,
    id: row.id,
    tenant: row.tenant,
    jobId: row.job_id,
    task: row.task,
    name: row.name,
    pipeline: row.pipeline,
    stage: row.stage,
    pool: row.pool,
    state: row.state,
    reason: row.reason,
    fingerprint: row.fingerprint,
    error: row.error,
    attempts: row.attempts,
    generation: row.generation,
    redrives: row.redrives,
    payload: row.payload,
    firstFailedMs: row.first_failed_at.getTime(),
    lastFailedMs: row.last_failed_at.getTime(),
    nextMs: row.next_at?.getTime() ?? null,
    updatedMs: row.updated_at.getTime(),
  } satisfies Record<keyof DeadLetter, unknown>);
}

export function fromLetter(letter: DeadLetter): Insertable<DeadLettersColumns> {
  return {
    id: letter.id,
    tenant: letter.tenant,
    job_id: letter.jobId,
    task: letter.task,
    name: letter.name,
    pipeline: letter.pipeline,
    stage: letter.stage,
    pool: letter.pool,
    state: letter.state,
    reason: letter.reason,
    fingerprint: letter.fingerprint,
    code: letter.error.code,
    message: letter.error.message,
    error: JSON.stringify(letter.error),
    attempts: JSON.stringify(letter.attempts),
    generation: letter.generation,
    redrives: letter.redrives,
    payload: JSON.stringify(letter.payload ?? null),
    first_failed_at: new Date(letter.firstFailedMs),
    last_failed_at: new Date(letter.lastFailedMs),
    next_at: letter.nextMs === null ? null : new Date(letter.nextMs),
    updated_at: new Date(letter.updatedMs),
  };
}
