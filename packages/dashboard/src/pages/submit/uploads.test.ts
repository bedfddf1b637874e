import { describe, expect, test } from '@jest/globals';
import type { BatchLine } from '@sluice/contracts';
import type { Answer, Parcel, Upload } from './ledger.ts';
import { createUploads } from './uploads.ts';

const parcel = (name: string, more: Partial<Parcel> = {}): Parcel => ({
  name,
  sizeBytes: 3,
  kind: 'mail',
  bytes: async () => new TextEncoder().encode(name),
  ...more,
});
const fine = (index: number, name: string): BatchLine => ({ index, name, jobId: `job of ${name}` });
const bad = (index: number, name: string): BatchLine => ({
  index,
  name,
  error: { type: 'about:blank', title: 'No mail', status: 422, code: 'not-a-mail', detail: 'It is no mail.' },
});

function setUp(answer: (names: readonly string[]) => Partial<Answer> = () => ({})) {
  let list: readonly Upload[] = [];
  let done = Promise.withResolvers<void>();
  const sent: string[][] = [];
  const answerTo = async (names: string[]): Promise<Answer> => {
    sent.push(names);
    return { requestId: 'batch', mails: names.map((name, at) => fine(at, name)), fault: null, ...answer(names) };
  };
  const desk = createUploads({
    async submitOne(mail) {
      const name = new TextDecoder().decode(mail);
      sent.push([name]);
      return { jobId: `job of ${name}` };
    },
    submitMany: (mails) => answerTo(mails.map(({ name }) => name)),
    submitArchive: (kind, _, name) => answerTo([`${kind} ${name}`]),
    onChange(uploads) {
      list = uploads;
      if (!uploads.every(({ state }) => state === 'accepted' || state === 'refused')) return;
      done.resolve();
      done = Promise.withResolvers();
    },
  });
  const told = () => list.map(({ name, state, jobId, batch }) => [name, state, jobId, batch]);
  return { desk, sent, list: () => list, told, settled: () => done.promise };
}

describe('uploads', () => {
  test('are a batch where there are many, and one mail goes by itself', async () => {
    const { desk, sent, told, settled } = setUp();
    desk.add([parcel('one'), parcel('two')]);
    await settled();
    desk.add([parcel('three')]);
    await settled();
    expect(sent).toEqual([['one', 'two'], ['three']]);
    expect(told()).toEqual([
      ['three', 'accepted', 'job of three', null],
      ['one', 'accepted', 'job of one', 'batch'],
      ['two', 'accepted', 'job of two', 'batch'],
    ]);
  });

  test('tell of each that is refused, which stops no other and can be sent again', async () => {
    const { desk, list, told, settled } = setUp((names) => ({
      mails: names.map((name, at) => (name === 'bad' ? bad(at, name) : fine(at, name))),
    }));
    desk.add([parcel('one'), parcel('bad'), parcel('two')]);
    await settled();
    expect(told().map(([name, state]) => [name, state])).toEqual([
      ['one', 'accepted'],
      ['bad', 'refused'],
      ['two', 'accepted'],
    ]);
    expect(list()[1]).toMatchObject({ error: { code: 'not-a-mail', message: 'It is no mail.' }, isAgain: true });
    desk.again(list()[1]?.id ?? 0);
    await settled();
    expect(list()[1]).toMatchObject({ state: 'accepted', jobId: 'job of bad', error: null });
  });

  test('of an archive have a line for each mail in it, and one for what could not be read', async () => {
    const fault = new Error('It breaks off.');
    const { desk, told, settled } = setUp(() => ({ mails: [fine(0, 'a.eml'), bad(1, 'b.txt')], fault }));
    desk.add([parcel('mails.zip', { kind: 'zip' })]);
    await settled();
    expect(told()).toEqual([
      ['mails.zip', 'refused', null, null],
      ['a.eml', 'accepted', 'job of a.eml', 'batch'],
      ['b.txt', 'refused', null, 'batch'],
    ]);
  });

  test('which the fleet leaves unanswered say so', async () => {
    const { desk, list, settled } = setUp(() => ({ mails: [] }));
    desk.add([parcel('one'), parcel('two')]);
    await settled();
    expect(list().map(({ state, error }) => [state, (error as { code?: string } | null)?.code])).toEqual([
      ['refused', 'not-read'],
      ['refused', 'not-read'],
    ]);
  });

  test('go in batches of at most 1,000', async () => {
    const { desk, sent, settled } = setUp();
    desk.add(Array.from({ length: 1_200 }, (_, at) => parcel(String(at))));
    await settled();
    expect(sent.map((names) => names.length)).toEqual([1_000, 200]);
  });

  test('of empty and of too large files are refused before they are read', () => {
    const { desk, sent, list } = setUp();
    desk.add([parcel('empty', { sizeBytes: 0 }), parcel('large', { sizeBytes: 26 * 1_024 * 1_024 })]);
    expect(list().map(({ error }) => (error as { code?: string } | null)?.code)).toEqual(['empty-mail', 'too-large']);
    expect(sent).toEqual([]);
  });
});
