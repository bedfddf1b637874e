import { expect, test } from '@jest/globals';
import { SluiceError } from '@sluice/contracts';
import { createTrouble } from './trouble.ts';

const url = new URL('ws://fleet.example/');

test('who was told to come again later than the patience lasts does not wait at all, until all was well again', async () => {
  const refused = new SluiceError('sockets-full', 'Full.', {
    httpStatus: 503,
    disposition: 'retry-at',
    retryAtMs: Date.now() + 900_000,
  });
  const trouble = createTrouble({ url, patienceMs: 60_000 });
  trouble.cause = refused;
  await expect(trouble.wait(undefined)).rejects.toBe(refused);
  trouble.healed();
  const gone = new AbortController();
  const waiting = trouble.wait(gone.signal);
  gone.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
});
