import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type BlobStore, openBlobStore } from '@sluice/fleet/blobs';
import { eventually, freePort } from '@sluice/testkit';
import { parsePlace } from '../src/blobs/place.ts';
import { createS3Objects } from '../src/blobs/s3.ts';
import { createBlobStore } from '../src/blobs/store.ts';
import { startS3, type TestS3 } from './blobs-places.ts';

const BYTES = new TextEncoder().encode('From: a@example.org\r\n\r\nhello');
const REF = `acme/${'0'.repeat(64)}`;
const unreadable = { code: 'blob-unreadable', disposition: 'retry' };
const unwritable = { code: 'blob-unwritable', disposition: 'retry' };

let s3: TestS3;
beforeAll(async () => {
  s3 = await startS3();
});
afterAll(() => s3.stop());

const open = (change: (url: URL) => void = () => undefined): BlobStore => {
  const url = new URL(s3.url);
  change(url);
  return openBlobStore({ url: url.href, folder: '/nowhere' });
};

describe('an S3-compatible store', () => {
  test('that is away makes reads and writes fail so that time may heal them', async () => {
    const port = String(await freePort());
    const away = open((url) => (url.port = port));
    await expect(away.get(REF)).rejects.toMatchObject(unreadable);
    await expect(away.put('acme', BYTES, { durable: true })).rejects.toMatchObject(unwritable);
    await expect(away.remove(REF)).rejects.toMatchObject(unwritable);
    await expect(away.list()[Symbol.asyncIterator]().next()).rejects.toMatchObject(unreadable);
  });

  test('that has no such bucket is unreadable, not empty', async () => {
    const elsewhere = open((url) => (url.pathname = '/other'));
    await expect(elsewhere.get(REF)).rejects.toMatchObject(unreadable);
    await expect(elsewhere.put('acme', BYTES, { durable: true })).rejects.toMatchObject(unwritable);
  });

  test('that refuses our key says so by name alone: no error tells the secret', async () => {
    const refused = open((url) => {
      url.username = 'AKIASTRANGER';
      url.password = 'hunter2';
    });
    const error: unknown = await refused.put('acme', BYTES, { durable: true }).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ ...unwritable, cause: { name: 'InvalidAccessKeyId' } });
    const shown = inspect(error, { depth: null, showHidden: true });
    expect(shown).not.toMatch(/hunter2|AKIASTRANGER|Signature=|127\.0\.0\.1/);
  });

  test('makes an object once', async () => {
    const place = parsePlace(s3.url);
    if ('fault' in place) throw new Error(place.fault);
    const objects = createS3Objects({ place, prefix: 'marks/' });
    expect([await objects.create('a'), await objects.create('a')]).toEqual([true, false]);
    await objects.remove('a');
    expect(await objects.create('a')).toBe(true);
  });

  test('that hangs is given up, and used again when it moves', async () => {
    const place = parsePlace(s3.url);
    if ('fault' in place) throw new Error(place.fault);
    const limits = { connectMs: 2_000, idleMs: 500, tryMs: 1_000 };
    const impatient = createBlobStore(createS3Objects({ place, prefix: 'blobs/', limits }));
    const ref = await open().put('acme', BYTES, { durable: true });
    s3.pause();
    try {
      // The limit of one try, or that of all together: whichever comes first on a busy machine.
      const cause = { name: expect.stringMatching(/^(Timeout|Abort)Error$/) };
      await expect(impatient.get(ref)).rejects.toMatchObject({ ...unreadable, cause });
    } finally {
      s3.resume();
    }
    await eventually(() => impatient.get(ref));
  });

  test('that holds more than a page lists everything once', async () => {
    const refs = Array.from({ length: 1_100 }, (_, at) => `many/00${String(at).padStart(62, '0')}`);
    await mkdir(dirname(s3.fileOf(refs[0] ?? '')), { recursive: true });
    for (const ref of refs) await writeFile(s3.fileOf(ref), 'x');
    const listed: string[] = [];
    for await (const { ref } of open().list('many')) listed.push(ref);
    expect(listed).toEqual(refs);
  });
});
