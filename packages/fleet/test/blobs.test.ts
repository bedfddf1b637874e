import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type BlobStore, createFolderBlobStore } from '@sluice/fleet/blobs';

let root: string;
let blobs: BlobStore;
const bytes = new TextEncoder().encode('From: a@example.org\r\n\r\nhello');

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'sluice-blobs-'));
  blobs = createFolderBlobStore(root);
});
afterAll(() => rm(root, { recursive: true }));

describe('a folder of blobs', () => {
  test('gives back what was put, and stores the same bytes of a tenant once', async () => {
    const refs = await Promise.all([1, 2, 3].map(() => blobs.put('acme', bytes, { durable: true })));
    expect(new Set(refs).size).toBe(1);
    expect(Buffer.from(await blobs.get(refs[0] ?? ''))).toEqual(Buffer.from(bytes));
    const [, hash = ''] = (refs[0] ?? '').split('/');
    expect(await readdir(join(root, 'acme', hash.slice(0, 2)))).toEqual([hash]);
    expect((await stat(join(root, 'acme', hash.slice(0, 2), hash))).mode & 0o777).toBe(0o600);
  });

  test('says so when a blob is missing, damaged, or asked for by a path', async () => {
    const ref = await blobs.put('other', bytes, { durable: false });
    const [tenant = '', hash = ''] = ref.split('/');
    await writeFile(join(root, tenant, hash.slice(0, 2), hash), 'changed');
    await expect(blobs.get(ref)).rejects.toMatchObject({ code: 'blob-damaged' });
    await expect(blobs.get(`other/${'0'.repeat(64)}`)).rejects.toMatchObject({ code: 'blob-missing' });
    await expect(blobs.get('../../etc/passwd')).rejects.toThrow(/not a blob reference/);
  });
});
