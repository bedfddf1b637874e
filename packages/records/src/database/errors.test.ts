import { describe, expect, test } from '@jest/globals';
import { SluiceError } from '@sluice/contracts';
import pg from 'pg';
import { toRecordError } from './errors.ts';

function answer(code: string): pg.DatabaseError {
  const error = new pg.DatabaseError('value "a secret" is wrong', 1, 'error');
  return Object.assign(error, { code, detail: 'a secret', table: 'jobs', routine: 'check' });
}

describe('an error of PostgreSQL', () => {
  test.each([
    ['08006', 'record-away', 'retry', 503],
    ['57P01', 'record-away', 'retry', 503],
    ['53300', 'record-away', 'retry', 503],
    ['53100', 'record-away', 'retry', 503],
    ['25006', 'record-away', 'retry', 503],
    ['28P01', 'record-away', 'retry', 503],
    ['3D000', 'record-away', 'retry', 503],
    ['40P01', 'record-busy', 'retry', 503],
    ['40001', 'record-busy', 'retry', 503],
    ['57014', 'record-busy', 'retry', 503],
    ['23505', 'record-taken', 'give-up', 409],
    ['22P02', 'record-fault', 'retry', 500],
    ['42P01', 'record-fault', 'retry', 500],
  ])('%s is %s', (sqlState, code, disposition, httpStatus) => {
    const error = toRecordError(answer(sqlState)) as SluiceError;
    expect(error).toMatchObject({ code, disposition, httpStatus });
    expect(JSON.stringify([error.message, String(error.cause), (error.cause as Error).stack])).not.toContain('secret');
    expect((error.cause as Error).message).toBe(`SQLSTATE ${sqlState} (jobs, check)`);
  });
});

test('an id that is no UUID is the fault of whoever asks, and not worth another try', () => {
  const error = toRecordError(Object.assign(answer('22P02'), { routine: 'string_to_uuid' }));
  expect(error).toMatchObject({ code: 'bad-id', disposition: 'give-up', httpStatus: 400 });
});

test('a broken connection means that the record is away', () => {
  const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
  for (const error of [reset, new Error('Query read timeout'), 'nothing']) {
    expect(toRecordError(error)).toMatchObject({ code: 'record-away' });
  }
});

test('errors of ours stay what they are', () => {
  for (const error of [new SluiceError('x', 'X.'), new TypeError('x')]) expect(toRecordError(error)).toBe(error);
});
