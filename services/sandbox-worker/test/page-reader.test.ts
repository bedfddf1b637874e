import { afterEach, expect, test } from '@jest/globals';
import { createPageReader, type PageReader } from '../src/visit/page-reader.ts';

const never = new AbortController().signal;
const NORMAL = '<title>Next</title>';
/** Over a page of this kind parse5 works for far longer than over one of the same size that is well nested. */
const SLOW = '<b><p>'.repeat(2_000_000);

let reader: PageReader | undefined;
afterEach(async () => {
  await reader?.stop();
});

test('a page that any parser takes too long over is given up, and the next one is read', async () => {
  reader = createPageReader({ pageMs: 3000, refreshSeconds: 30 });
  expect(await reader.read(SLOW, 'http://a.example/', never)).toBeNull();
  expect(await reader.read(NORMAL, 'http://a.example/', never)).toMatchObject({ facts: { title: 'Next' } });
});

test('pages read at the same time do not get mixed up', async () => {
  const { read } = (reader = createPageReader({ pageMs: 10_000, refreshSeconds: 30 }));
  const titles = ['a', 'b', 'c', 'd'];
  for (let round = 0; round < 2; round++) {
    const pages = await Promise.all(titles.map((title) => read(`<title>${title}</title>`, 'http://a.example/', never)));
    expect(pages.map((page) => page?.facts.title)).toEqual(titles);
  }
});

test("the caller's abort ends the reading with its reason", async () => {
  reader = createPageReader({ pageMs: 10_000, refreshSeconds: 30 });
  const caller = new AbortController();
  const reason = new Error('stopping');
  const reading = reader.read(SLOW, 'http://a.example/', caller.signal);
  caller.abort(reason);
  await expect(reading).rejects.toBe(reason);
});

test('stop ends what is being read, and may be called twice', async () => {
  reader = createPageReader({ pageMs: 10_000, refreshSeconds: 30 });
  const reading = reader.read(SLOW, 'http://a.example/', never);
  await reader.stop();
  await reader.stop();
  expect(await reading).toBeNull();
});
