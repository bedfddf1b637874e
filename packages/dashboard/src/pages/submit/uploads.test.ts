import { describe, expect, test } from '@jest/globals';
import { createUploads, type Upload } from './uploads.ts';

const parcel = (name: string, sizeBytes = 3) => ({
  name,
  sizeBytes,
  bytes: async () => new TextEncoder().encode(name),
});

function setUp(submit: (mail: Uint8Array) => Promise<{ jobId: string }>) {
  let list: readonly Upload[] = [];
  const done = Promise.withResolvers<void>();
  const desk = createUploads({
    submit,
    onChange(uploads) {
      list = uploads;
      if (uploads.every(({ state }) => state === 'accepted' || state === 'refused')) done.resolve();
    },
  });
  return { desk, list: () => list, settled: () => done.promise };
}

describe('uploads', () => {
  test('go on when one is refused, and what is refused can be sent again', async () => {
    let isWell = false;
    const { desk, list, settled } = setUp(async (mail) => {
      const name = new TextDecoder().decode(mail);
      if (name === 'bad' && !isWell) throw new Error('no');
      return { jobId: `job of ${name}` };
    });
    desk.add([parcel('one'), parcel('bad'), parcel('two')]);
    await settled();
    expect(list().map(({ name, state, jobId }) => [name, state, jobId])).toEqual([
      ['one', 'accepted', 'job of one'],
      ['bad', 'refused', null],
      ['two', 'accepted', 'job of two'],
    ]);
    isWell = true;
    desk.again(list().find(({ name }) => name === 'bad')?.id ?? 0);
    while (list().some(({ state }) => state !== 'accepted')) await Promise.resolve();
    expect(list()[1]).toMatchObject({ state: 'accepted', jobId: 'job of bad', error: null });
  });

  test('are three at once at most', async () => {
    let open = 0;
    let most = 0;
    const { desk, settled } = setUp(async () => {
      open += 1;
      most = Math.max(most, open);
      await new Promise((resolve) => setImmediate(resolve));
      open -= 1;
      return { jobId: 'x' };
    });
    desk.add(Array.from({ length: 20 }, (_, at) => parcel(String(at))));
    await settled();
    expect(most).toBe(3);
  });

  test('of empty and of too large files are refused before they are read', async () => {
    const { desk, list, settled } = setUp(() => Promise.reject(new Error('was sent')));
    desk.add([parcel('empty', 0), parcel('large', 26 * 1_024 * 1_024)]);
    await settled();
    expect(list().map(({ error }) => (error as { code?: string } | null)?.code)).toEqual(['empty-mail', 'too-large']);
  });
});
