import { createSecretKey } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { FeedbackHint } from '@sluice/contracts';
import { dmarc, FILE_HASH, mailFactsOf } from '../test/facts.ts';
import { feedbackFindings, tracesOf } from './feedback.ts';
import type { SayFacts } from './say-facts.ts';
import { textDigest } from './say-text.ts';
import { scoreFindings } from './score.ts';

const JOB = '01a20166-32de-7be8-a259-1f678a214bd5';
const OTHER = '01a20166-32de-7be8-a259-1f678a214bd6';
const key = createSecretKey(Buffer.alloc(32, 1));

const hint = (verdict: FeedbackHint['verdict'], jobId = OTHER): FeedbackHint => ({
  jobId,
  verdict,
  category: verdict === 'clean' ? 'legitimate' : 'phishing',
  at: '2026-11-01T00:00:00.000Z',
});

test('a text is known again whatever its numbers, links and addresses are, and a short one is not', () => {
  const text = (code: string) =>
    `Dear customer ${code}, your parcel ${code} waits for you at our depot. Please pay the fee at https://x${code}.example/${code} or write to a${code}@x.example before it goes back to its sender today.`;
  const digest = textDigest({ text: text('17'), html: null });
  expect(digest).toMatch(/^[0-9a-f]{64}$/);
  expect(textDigest({ text: null, html: `<p>${text('4711')}</p>` })).toBe(digest);
  expect(textDigest({ text: text('17').replace('parcel', 'letter'), html: null })).not.toBe(digest);
  expect(textDigest({ text: 'See the file.', html: null })).toBeUndefined();
});

describe('what is known again of a mail', () => {
  test('is never what everybody uses: free mail hosts, stores, shorteners, counters of newsletters', () => {
    const values = (from: string, hosts: string[]) =>
      tracesOf(mailFactsOf(from, null, hosts), 'acme', key).map(({ kind, value }) => `${kind} ${value}`);
    const file = `file ${FILE_HASH}`;
    expect(values('a@gmail.com', ['bit.ly', 'www.google.com', 'x.list-manage.com'])).toEqual([
      'sender a@gmail.com',
      file,
    ]);
    expect(values('a@x.example', ['y.example'])).toEqual([
      'sender a@x.example',
      'sender domain x.example',
      'link y.example',
      file,
    ]);
  });

  test('is a digest that says nothing, and is another one for each tenant and key', () => {
    const digests = (tenant: string, secret = key) =>
      tracesOf(mailFactsOf('a@x.example'), tenant, secret).map(({ digest }) => digest);
    const all = [...digests('acme'), ...digests('globex'), ...digests('acme', createSecretKey(Buffer.alloc(32, 2)))];
    expect(new Set(all).size).toBe(all.length);
    expect(digests('acme')).toEqual(digests('acme'));
    for (const digest of all) expect(digest).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe("an analyst's word on another mail", () => {
  const findingsFor = (facts: SayFacts, verdict: FeedbackHint['verdict'], kinds: string[], jobId = OTHER) => {
    const traces = tracesOf(facts, 'acme', key);
    const hints = new Map(
      traces.filter(({ kind }) => kinds.includes(kind)).map(({ digest }) => [digest, hint(verdict, jobId)]),
    );
    return feedbackFindings(traces, hints, facts, JOB);
  };

  test('is shown, and alone never makes a mail suspicious', () => {
    const found = findingsFor(mailFactsOf('a@x.example', null, ['y.example']), 'malicious', [
      'sender',
      'sender domain',
      'link',
      'file',
    ]);
    expect(found).toMatchObject([{ id: 'feedback.malicious', category: 'phishing', weight: 35 }]);
    expect(found[0]?.title).toBe(
      'An analyst judged a mail with the same sender, sender domain, link, file as malicious',
    );
    expect(found[0]?.evidence).toContainEqual({ where: 'link', quote: 'y.example' });
    expect(scoreFindings(found).verdict).toBe('clean');
  });

  test('that it was clean takes nothing off hard evidence, and nothing at all for a sender that is not proven', () => {
    const hard = {
      ...(findingsFor(mailFactsOf('a@x.example'), 'malicious', ['file'])[0] as never as object),
      id: 'x.y',
      weight: 80,
    } as never;
    const clean = findingsFor(mailFactsOf('a@x.example'), 'clean', ['file']);
    expect(clean).toMatchObject([{ id: 'feedback.clean', weight: 0, eases: 20 }]);
    expect(scoreFindings([hard, ...clean]).score).toBe(80);
    expect(findingsFor(mailFactsOf('a@x.example'), 'clean', ['sender'])[0]?.eases).toBeUndefined();
    expect(findingsFor(mailFactsOf('a@x.example', dmarc('pass')), 'clean', ['sender'])[0]?.eases).toBe(20);
  });

  test('is not told of the mail that it was about', () => {
    expect(findingsFor(mailFactsOf('a@x.example'), 'malicious', ['sender'], JOB)).toEqual([]);
  });
});
