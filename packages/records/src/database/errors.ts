import { SluiceError } from '@sluice/contracts';
import pg from 'pg';

/** SQLSTATE classes and codes (PostgreSQL's appendix A) by which a server says that it is not there for us: connections, resources, a shutdown, a replica, a login. */
const AWAY = /^(08|53|28|57P|58|25006|3D000)/;
/** A unique constraint. */
const TAKEN = '23505';
/** Serialization, deadlock, a lock or a statement that took too long. */
const BUSY = /^(40001|40P01|55P03|57014)$/;

/**
 * The error that a query's failure is thrown as. Its cause says what PostgreSQL said of the statement, but none of the values, which may be a mail's content.
 */
export function toRecordError(error: unknown): unknown {
  if (error instanceof SluiceError || error instanceof TypeError) return error;
  if (!(error instanceof pg.DatabaseError)) return away(error instanceof Error ? error : new Error('no answer'));
  const code = error.code ?? '';
  const cause = describe(error);
  if (isNoUuid(error)) {
    return new SluiceError('bad-id', 'This is not the id of anything that is recorded.', { httpStatus: 400, cause });
  }
  if (BUSY.test(code)) {
    const message = 'The record is busy with the same data. Try again.';
    return new SluiceError('record-busy', message, { disposition: 'retry', httpStatus: 503, cause });
  }
  if (AWAY.test(code)) return away(cause);
  if (code === TAKEN) return new SluiceError('record-taken', 'This is recorded already.', { httpStatus: 409, cause });
  return new SluiceError('record-fault', 'The record did not understand a question.', { disposition: 'retry', cause });
}

/** What was asked for by an id that is no UUID. */
function isNoUuid({ code, routine }: pg.DatabaseError): boolean {
  return code === '22P02' && routine === 'string_to_uuid';
}

function away(cause: Error): SluiceError {
  const message = 'The record of past jobs cannot be reached at the moment. Try again later.';
  return new SluiceError('record-away', message, { disposition: 'retry', httpStatus: 503, cause });
}

function describe({ code, table, column, constraint, routine, stack }: pg.DatabaseError): Error {
  const places = [table, column, constraint, routine].filter((place) => place !== undefined);
  const plain = new Error(`SQLSTATE ${code ?? 'unknown'} (${places.join(', ')})`);
  const frames = stack?.split('\n').filter((line) => /^\s+at /.test(line)) ?? [];
  plain.stack = [`Error: ${plain.message}`, ...frames].join('\n');
  return plain;
}
