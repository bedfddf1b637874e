import { mkdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { JobId, JobMeta } from '@sluice/contracts';
import { type Inbox, openInbox } from '@sluice/fleet/blobs';
import { startFolder, startS3, type TestPlace } from './blobs-places.ts';

const KEY = Buffer.alloc(32, 7).toString('base64url');
const OTHER_KEY = Buffer.alloc(32, 8).toString('base64url');
const all = { olderThanMs: -60_000, limit: 100 };
const DAY_MS = 24 * 3_600_000;

describe.each([
  ['a folder', startFolder],
  ['an S3-compatible store', startS3],
])('manifests in %s', (_name, start) => {
  let place: TestPlace;
  let inbox: Inbox;
  let troubles: { code: string; jobId: JobId }[];
  let nowMs: number;

  beforeEach(async () => {
    place = await start();
    troubles = [];
    nowMs = Date.now();
    inbox = open();
  });
  afterEach(() => place.stop());

  const open = (DATA_KEY?: string) =>
    openInbox(
      { SLUICE_DATA_DIR: place.dataDir, BLOB_STORE_URL: place.url, DATA_KEY },
      { onTrouble: ({ code }, jobId) => troubles.push({ code, jobId }), nowMs: () => nowMs },
    );

  /** In the order of their ids. */
  async function putSome(count: number): Promise<JobMeta[]> {
    const metas = Array.from({ length: count }, (_, at) => metaOf(`018f0000-0000-7000-8000-00000000000${at}`));
    for (const meta of metas.toReversed()) await inbox.put(meta);
    return metas;
  }

  test('are listed by job id as they were put, and are gone when they were removed, twice over', async () => {
    expect(await inbox.list(all)).toEqual([]);
    const metas = await putSome(3);
    await inbox.put(metas[0] ?? metaOf());
    expect(await inbox.list(all)).toEqual(metas);
    await inbox.remove(metas[1]?.jobId ?? '');
    await inbox.remove(metas[1]?.jobId ?? '');
    expect(await inbox.list(all)).toEqual([metas[0], metas[2]]);
  });

  test('are listed in pages, and only when they are old enough', async () => {
    const metas = await putSome(5);
    expect(await inbox.list({ ...all, limit: 2 })).toEqual(metas.slice(0, 2));
    expect(await inbox.list({ ...all, limit: 2, after: metas[1]?.jobId ?? '' })).toEqual(metas.slice(2, 4));
    expect(await inbox.list({ ...all, limit: 2, after: metas[3]?.jobId ?? '' })).toEqual(metas.slice(4));
    const old = new Date(nowMs - 20_000);
    await utimes(place.manifestOf(metas[2]?.jobId ?? ''), old, old);
    expect(await inbox.list({ olderThanMs: 10_000, limit: 100 })).toEqual([metas[2]]);
  });

  test.each([
    ['cut short', (whole: Buffer) => whole.subarray(0, 40)],
    ['empty', () => Buffer.alloc(0)],
    ['of another job', (whole: Buffer) => Buffer.from(whole.toString().replace('018f', '118f'))],
    ['of no schema', () => Buffer.from('{"v":1}')],
  ])('that are damaged (%s) are set aside and reported, and do not stop a sweep', async (_fault, damage) => {
    const metas = await putSome(3);
    const jobId = metas[0]?.jobId ?? '';
    const file = place.manifestOf(jobId);
    await writeFile(file, damage(await readFile(file)));
    expect(await inbox.list({ ...all, limit: 1 })).toEqual([metas[1]]);
    expect(await inbox.list(all)).toEqual(metas.slice(1));
    expect(troubles).toEqual([{ code: 'manifest-damaged', jobId }]);
    const aside = file.replace('.json', '.json.damaged');
    await stat(aside);
    nowMs += 31 * DAY_MS;
    await inbox.list(all);
    await expect(stat(aside)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('are encrypted where a key is set, and stay where they are while the key is another or missing', async () => {
    const [plain] = await putSome(1);
    const secret = metaOf('018f0000-0000-7000-8000-000000000009');
    await open(KEY).put(secret);
    expect((await readFile(place.manifestOf(secret.jobId))).includes('acme')).toBe(false);
    for (const key of [undefined, OTHER_KEY]) expect(await open(key).list(all)).toEqual([plain]);
    const locked = { code: 'blob-locked', jobId: secret.jobId };
    expect(troubles).toEqual([locked, locked]);
    expect(await open(KEY).list(all)).toEqual([plain, secret]);
  });

  test('that are encrypted do not pass for those of another job', async () => {
    inbox = open(KEY);
    const [one, two] = await putSome(2);
    await writeFile(place.manifestOf(two?.jobId ?? ''), await readFile(place.manifestOf(one?.jobId ?? '')));
    expect(await inbox.list(all)).toEqual([one]);
    expect(troubles).toEqual([{ code: 'manifest-damaged', jobId: two?.jobId }]);
  });

  test('cannot be put or listed while the store is away, and time may heal it', async () => {
    if (place.url === undefined) {
      await rm(`${place.dataDir}/inbox`, { recursive: true, force: true });
      await writeFile(`${place.dataDir}/inbox`, 'not a folder');
    } else await place.stop();
    await expect(inbox.put(metaOf())).rejects.toMatchObject({ code: 'blob-unwritable', disposition: 'retry' });
    await expect(inbox.list(all)).rejects.toMatchObject({ code: 'blob-unreadable', disposition: 'retry' });
    if (place.url !== undefined) await mkdir(place.dataDir, { recursive: true });
  });
});

function metaOf(jobId: JobId = '018f0000-0000-7000-8000-00000000000f'): JobMeta {
  const input = { blob: `acme/${'0'.repeat(64)}`, sizeBytes: 5 };
  return { v: 1, jobId, tenant: 'acme', pipeline: 'email-scan', priority: 'normal', input, timeoutMs: 300_000 };
}
