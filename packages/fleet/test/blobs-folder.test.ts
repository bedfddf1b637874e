import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createFolderObjects } from '../src/blobs/folder.ts';
import { putForGood, removeOlder } from '../src/blobs/sweep.ts';

const HOUR_MS = 3_600_000;
const KEY = 'acme/ab/abcd';
const BYTES = new TextEncoder().encode('hello');

let dir: string;
/** What was brought to the disk, in order; beside each file whether the object had its name at that moment. */
let synced: string[];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sluice-folder-'));
  synced = [];
});
afterEach(() => rm(dir, { recursive: true }));

function open(nowMs = Date.now) {
  const root = join(dir, 'data/blobs');
  return createFolderObjects({
    root,
    nowMs,
    async sync(_handle, path) {
      const isThere = await stat(join(root, KEY)).then(
        () => true,
        () => false,
      );
      synced.push(`${path.replace(/\.[0-9a-f]{12}\.part$/, '.part').replace(dir, '')}${isThere ? ' (named)' : ''}`);
    },
  });
}

describe('a durable object', () => {
  test('is on disk before it has its name, then its name is, then those of all new folders', async () => {
    const objects = open();
    await objects.put(KEY, BYTES, { durable: true });
    expect(synced.slice(0, 6)).toEqual([
      '/data/blobs/acme/ab/abcd.part',
      '/data/blobs/acme/ab (named)',
      '/data/blobs/acme (named)',
      '/data/blobs (named)',
      '/data (named)',
      ' (named)',
    ]);
    synced = [];
    await objects.put(KEY, BYTES, { durable: true });
    expect(synced).toEqual(['/data/blobs/acme/ab/abcd.part (named)', '/data/blobs/acme/ab (named)']);
  });

  test('syncs the names of folders that were made again', async () => {
    const objects = open();
    await objects.put(KEY, BYTES, { durable: true });
    await rm(join(dir, 'data/blobs/acme'), { recursive: true });
    await objects.put('acme/cd/cdef', BYTES, { durable: false });
    synced = [];
    await objects.put(KEY, BYTES, { durable: true });
    expect(synced).toContain('/data/blobs (named)');
  });

  test('is not held to be on disk because one that is not durable has its bytes', async () => {
    const objects = open();
    await objects.put(KEY, BYTES, { durable: false });
    expect(synced).toEqual([]);
    await objects.put(KEY, BYTES, { durable: true });
    expect(synced[0]).toBe('/data/blobs/acme/ab/abcd.part (named)');
  });

  test('has the mode 0600 in folders of mode 0700', async () => {
    await open().put(KEY, BYTES, { durable: true });
    const path = join(dir, 'data/blobs', KEY);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(dirname(path))).mode & 0o777).toBe(0o700);
  });
});

describe('a folder of objects', () => {
  test('does not replace an object that will do, and shows it as newly put', async () => {
    const nowMs = Date.now() + HOUR_MS;
    const objects = open(() => nowMs);
    await objects.put(KEY, BYTES, { durable: true });
    const { ino } = await stat(join(dir, 'data/blobs', KEY));
    await objects.put(KEY, BYTES, { durable: false, isSame: (stored) => Buffer.from(stored).equals(BYTES) });
    const after = await stat(join(dir, 'data/blobs', KEY));
    expect(after.ino).toBe(ino);
    expect(Math.abs(after.mtimeMs - nowMs)).toBeLessThan(2);
  });

  test('leaves nothing behind when a write fails', async () => {
    const objects = createFolderObjects({
      root: dir,
      sync: () => Promise.reject(new Error('the disk is full')),
    });
    await expect(objects.put(KEY, BYTES, { durable: true })).rejects.toThrow('the disk is full');
    expect(await readdir(join(dir, 'acme/ab'))).toEqual([]);
  });

  test('does not list what a crash left half-written, and removes it after a day', async () => {
    let nowMs = Date.now();
    const objects = open(() => nowMs);
    await objects.put(KEY, BYTES, { durable: false });
    const leftover = join(dir, 'data/blobs/acme/ab/abce.0123456789ab.part');
    await writeFile(leftover, 'hal');
    const keys = async () => {
      const found: string[] = [];
      for await (const { key } of objects.list({ folder: '' })) found.push(key);
      return found;
    };
    expect(await keys()).toEqual([KEY]);
    expect(await readFile(leftover, 'utf8')).toBe('hal');
    nowMs += 25 * HOUR_MS;
    expect(await keys()).toEqual([KEY]);
    await expect(stat(leftover)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('loses nothing when it is swept while the same is put, and keeps no mark of that', async () => {
    const objects = open();
    const path = join(dir, 'data/blobs', KEY);
    const isSame = () => true;
    for (let round = 0; round < 300; round++) {
      await objects.put(KEY, BYTES, { durable: false });
      const old = new Date(Date.now() - 48 * HOUR_MS);
      await utimes(path, old, old);
      await Promise.all([
        removeOlder({ objects }, KEY, Date.now() - 24 * HOUR_MS),
        removeOlder({ objects }, KEY, Date.now() - 24 * HOUR_MS),
        putForGood({ objects }, KEY, BYTES, round % 2 === 0 ? { durable: true } : { durable: false, isSame }),
      ]);
      expect(await objects.get(KEY)).not.toBeNull();
    }
    expect(await readdir(dirname(path))).toEqual(['abcd']);
  });
});
