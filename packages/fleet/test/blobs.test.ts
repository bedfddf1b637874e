import { randomBytes } from 'node:crypto';
import { readFile, utimes, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { BlobRef, TenantId } from '@sluice/contracts';
import { type BlobEntry, type BlobStore, openBlobStore } from '@sluice/fleet/blobs';
import { randomKey, startFolder, startS3, type TestPlace } from './blobs-places.ts';

const MAIL = 'From: a@example.org\r\n\r\nhello';
const durable = { durable: true };
const HOUR_MS = 3_600_000;

describe.each([
  ['a folder', startFolder],
  ['an S3-compatible store', startS3],
])('blobs in %s', (_name, start) => {
  let place: TestPlace;
  let plain: BlobStore;
  let sealed: BlobStore;
  const dataKey = randomKey();

  const open = (key?: typeof dataKey) =>
    openBlobStore({ url: place.url, folder: `${place.dataDir}/blobs`, dataKey: key });
  const tamper = async (ref: BlobRef, change: (stored: Buffer) => Buffer) =>
    writeFile(place.fileOf(ref), change(await readFile(place.fileOf(ref))));

  beforeAll(async () => {
    place = await start();
    plain = open();
    sealed = open(dataKey);
  });
  afterAll(() => place.stop());

  test('are given back as they were put, and the same bytes of a tenant are stored once', async () => {
    const bytes = utf8(MAIL);
    const refs = await Promise.all(
      Array.from({ length: 6 }, (_, at) => plain.put('acme', bytes, { durable: at % 2 === 0 })),
    );
    expect(new Set(refs).size).toBe(1);
    expect(await textOf(plain, refs[0])).toBe(MAIL);
    expect(await listed(plain, 'acme')).toEqual([
      { ref: refs[0], storedBytes: bytes.byteLength, modifiedMs: expect.any(Number) },
    ]);
    expect(await readFile(place.fileOf(refs[0] ?? ''), 'utf8')).toBe(MAIL);
  });

  test('that are empty, or a few megabytes, are given back whole', async () => {
    for (const bytes of [Buffer.alloc(0), randomBytes(3_000_001)]) {
      for (const store of [plain, sealed]) {
        const ref = await store.put('sizes', bytes, durable);
        expect(Buffer.compare(await store.get(ref), bytes)).toBe(0);
      }
    }
  });

  test('of more than 64 MB are refused', async () => {
    const bytes = new Uint8Array(64 * 1024 * 1024 + 1);
    await expect(plain.put('acme', bytes, durable)).rejects.toMatchObject({ code: 'blob-too-large' });
  });

  test('that are missing, damaged, or asked for by a path are told apart', async () => {
    const ref = await plain.put('faults', utf8(MAIL), { durable: false });
    await tamper(ref, () => Buffer.from('changed'));
    await expect(plain.get(ref)).rejects.toMatchObject({ code: 'blob-damaged' });
    await expect(plain.get(`faults/${'0'.repeat(64)}`)).rejects.toMatchObject({ code: 'blob-missing' });
    await expect(plain.get('../../etc/passwd')).rejects.toThrow(/not a blob reference/);
    await expect(plain.put('..', utf8(MAIL), durable)).rejects.toThrow(/not a tenant id/);
  });

  test.each([true, false])('that are damaged are mended when they are put again (durable: %p)', async (isDurable) => {
    for (const store of [plain, sealed]) {
      const text = `${MAIL} ${isDurable}`;
      const ref = await store.put('mended', utf8(text), durable);
      await tamper(ref, () => Buffer.alloc(0));
      await expect(store.get(ref)).rejects.toMatchObject({ code: 'blob-damaged' });
      expect(await store.put('mended', utf8(text), { durable: isDurable })).toBe(ref);
      expect(await textOf(store, ref)).toBe(text);
    }
  });

  test('are encrypted where a key is set, and never twice alike', async () => {
    const ref = await sealed.put('secret', utf8(MAIL), durable);
    const first = await readFile(place.fileOf(ref));
    expect(first.includes('hello')).toBe(false);
    expect(first.byteLength).toBe(utf8(MAIL).byteLength + 40);
    await sealed.put('secret', utf8(MAIL), durable);
    expect(first.equals(await readFile(place.fileOf(ref)))).toBe(false);
    expect(await textOf(sealed, ref)).toBe(MAIL);
  });

  test('that were stored before a key was set stay readable, even those that look encrypted', async () => {
    const ref = await plain.put('older', utf8(MAIL), durable);
    expect(await textOf(sealed, ref)).toBe(MAIL);
    const encrypted = await readFile(place.fileOf(await sealed.put('older', utf8('another'), durable)));
    const disguised = await plain.put('older', encrypted, durable);
    for (const store of [plain, sealed, open(randomKey())])
      expect(encrypted.equals(await store.get(disguised))).toBe(true);
  });

  test('with another key or none are locked, and say so', async () => {
    const ref = await sealed.put('locked', utf8(MAIL), durable);
    const locked = { code: 'blob-locked', disposition: 'retry' };
    await expect(plain.get(ref)).rejects.toMatchObject({ ...locked, message: expect.stringMatching(/no DATA_KEY/) });
    const other = { ...locked, message: expect.stringMatching(/another DATA_KEY/) };
    await expect(open(randomKey()).get(ref)).rejects.toMatchObject(other);
  });

  test('that are encrypted show each changed bit, and do not pass for each other', async () => {
    const [one, two] = await Promise.all(['one', 'two'].map((text) => sealed.put('bits', utf8(text), durable)));
    if (one === undefined || two === undefined) throw new Error('two were put');
    const whole = await readFile(place.fileOf(one));
    const damaged = { code: 'blob-damaged' };
    // Behind magic and key id: nonce, text and tag.
    for (let at = 12; at < whole.byteLength; at++) {
      await tamper(one, () => Buffer.from(whole.map((byte, index) => (index === at ? byte ^ 1 : byte))));
      await expect(sealed.get(one)).rejects.toMatchObject(damaged);
    }
    await writeFile(place.fileOf(two), whole);
    await expect(sealed.get(two)).rejects.toMatchObject(damaged);
  }, 120_000);

  test('are listed for one tenant or for all, and are gone when they were removed, twice over', async () => {
    const refs = await Promise.all(
      ['list-a', 'list-b', 'list'].map((tenant) => plain.put(tenant, utf8(MAIL), durable)),
    );
    expect((await listed(plain)).map(({ ref }) => ref)).toEqual(expect.arrayContaining(refs));
    expect((await listed(plain, 'list')).map(({ ref }) => ref)).toEqual([refs[2]]);
    await plain.remove(refs[2] ?? '');
    await plain.remove(refs[2] ?? '');
    await expect(plain.get(refs[2] ?? '')).rejects.toMatchObject({ code: 'blob-missing' });
    expect(await listed(plain, 'list')).toEqual([]);
    expect(await listed(plain, 'nobody')).toEqual([]);
  });

  test('that were put again since are left by a sweep', async () => {
    for (const isDurable of [true, false]) {
      const ref = await plain.put('sweep', utf8(`${MAIL} ${isDurable}`), durable);
      const old = new Date(Date.now() - 48 * HOUR_MS);
      await utimes(place.fileOf(ref), old, old);
      const unlessPutSinceMs = Date.now() - 24 * HOUR_MS;
      await plain.put('sweep', utf8(`${MAIL} ${isDurable}`), { durable: isDurable });
      await plain.remove(ref, { unlessPutSinceMs });
      expect(await textOf(plain, ref)).toBe(`${MAIL} ${isDurable}`);
      await utimes(place.fileOf(ref), old, old);
      await plain.remove(ref, { unlessPutSinceMs });
      await expect(plain.get(ref)).rejects.toMatchObject({ code: 'blob-missing' });
      await plain.remove(ref, { unlessPutSinceMs });
    }
  });
});

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

async function textOf(store: BlobStore, ref = ''): Promise<string> {
  return new TextDecoder().decode(await store.get(ref));
}

async function listed(store: BlobStore, tenant?: TenantId): Promise<BlobEntry[]> {
  const entries: BlobEntry[] = [];
  for await (const entry of store.list(tenant)) entries.push(entry);
  return entries;
}
