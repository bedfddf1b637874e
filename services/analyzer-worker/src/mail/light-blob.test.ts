import { expect, test } from '@jest/globals';
import { useLightBlobs } from './light-blob.ts';

test('a light Blob holds the bytes, the size and the type that one of Node would', async () => {
  const shared = Buffer.from('xx line of a mail xx');
  const pieces = [shared.subarray(3, 17), '\n', new Uint8Array([0, 255]).buffer, 'é€😀', '', new Uint8Array(0)];
  const options = { type: 'application/octet-stream' };
  const own = globalThis.Blob;
  const expected = new own(pieces, options);
  useLightBlobs();
  const light = new Blob(pieces, options);
  globalThis.Blob = own;
  expect(Buffer.from(await light.arrayBuffer())).toEqual(Buffer.from(await expected.arrayBuffer()));
  expect([light.size, light.type]).toEqual([expected.size, expected.type]);
});
