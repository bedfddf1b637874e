import { describe, expect, test } from '@jest/globals';
import { Report, type ReportAnswer, type VisitFacts } from '@sluice/contracts';
import { toHtml } from './html.ts';
import { toMarkdown } from './markdown.ts';
import { outline } from './outline.ts';

const JOB_ID = '01890000-0000-7000-8000-000000000001';
const NO_ANSWER = {
  why: null,
  retryAt: null,
  isKnown: null,
  opinion: null,
  score: null,
  summary: null,
  facts: [],
  link: null,
  askedAt: null,
};

/** A report as it was stored before visits and answers were part of it, with what a test adds. */
function reportWith(change: object = {}): Report {
  return Report.parse({
    v: 1,
    jobId: JOB_ID,
    pipeline: 'observable-scan',
    revision: 1,
    createdAt: '2026-01-01T00:00:00.000Z',
    verdict: 'clean',
    category: 'legitimate',
    score: 0,
    confidence: 1,
    summary: 'Nothing.',
    subject: { kind: 'observable', type: 'domain', value: 'evil.example' },
    findings: [],
    indicators: { v: 1, urls: [], domains: [], ips: [], addresses: [], hashes: [], received: [], limits: [] },
    limits: [],
    defects: [],
    partial: false,
    missing: [],
    parts: [],
    ...change,
  });
}

function visited(change: Partial<VisitFacts>) {
  const url = 'https://evil.example/a';
  const rest = { chain: [], landing: null, download: null, cuts: [], guard: [], screenshot: null, tookMs: 1 };
  const facts = { v: 1, by: 'browser', url, finalUrl: url, ...rest, ...change };
  return reportWith({ visits: [{ url, status: 'visited', why: null, facts, brands: ['A Bank'] }] });
}

const linesOf = (report: Report, title: string) =>
  outline(report)
    .filter((section) => section.title.startsWith(title))
    .flatMap(({ rows }) => rows.flatMap(({ head, lines }) => [head, ...lines]));

test('the sections stand in the order of what tells most, and empty ones are left out', () => {
  const titles = (report: Report) => outline(report).map(({ title }) => title);
  expect(titles(reportWith())).toEqual(['Subject']);
  const none = { verdict: null, score: null, category: null };
  const lists = { newFindings: [], goneFindings: [], filled: [], nowMissing: [] };
  const full = reportWith({
    revision: 3,
    changes: { since: 2, ...none, ...lists },
    visits: visited({}).visits,
    answers: [{ provider: 'shodan', resource: null, ...NO_ANSWER, status: 'not-asked', why: 'There is no key.' }],
    authentication: { v: 1, dmarc: 'fail', spf: 'pass', dkim: 'none', by: 'trusted-header', quotes: ['dmarc=fail'] },
    missing: [{ what: 'x', why: 'y' }],
    timings: [{ stage: 'parsing', startedAfterMs: 0, tookMs: 1_250, tasks: 1 }],
  });
  expect(titles(full)).toEqual([
    'Subject',
    'What changed from revision 2 to 3',
    'Where the links lead',
    'What others say',
    'Authentication',
    'Not examined',
    'Timings',
  ]);
  expect(linesOf(full, 'What changed')).toEqual(['Nothing', 'The judgement is the same.']);
  expect(linesOf(full, 'Authentication')).toContain('a mail server that is trusted here');
  expect(linesOf(full, 'Timings')).toEqual(['parsing', '1 task in 1.3 s, begun after 0.0 s']);
});

describe('where the links lead', () => {
  const certificate = { subject: 's', issuer: 'i', validFrom: null, validTo: null, fingerprint256: 'f' };
  const hop = (url: string, kind: string | null, change: object = {}) => {
    return { url, kind, status: 200, address: '192.0.2.1', port: 443, tookMs: 1, bytes: 1, ...change };
  };

  test('says each step of the chain, how it was sent on, and the certificates that are wrong', () => {
    const bad = { ...certificate, authorized: false, problem: 'it has expired' };
    const good = { ...certificate, authorized: true, problem: null };
    const chain = [
      hop('http://a.example/', 'http', { status: 302 }),
      hop('https://b.example/', 'meta-refresh', { certificate: good }),
      hop('https://c.example/', 'script', { certificate: bad }),
      hop('https://d.example/', 'refresh-header', { status: null }),
    ] as VisitFacts['chain'];
    const lines = linesOf(visited({ chain, finalUrl: 'http://10.0.0.1/' }), 'Where');
    expect(lines.slice(1)).toEqual([
      '→ http://a.example/ (302, at 192.0.2.1), sent on by an HTTP redirect',
      '→ https://b.example/ (200, at 192.0.2.1), sent on by a meta refresh',
      '→ https://c.example/ (200, at 192.0.2.1), sent on by a script',
      '→ https://d.example/ (no answer, at 192.0.2.1), sent on by a Refresh header',
      'Leads to http://10.0.0.1/, which was not reached',
      'Brands that the page names: A Bank',
      'The certificate of https://c.example/ is not to be trusted: it has expired',
    ]);
  });

  test('says which form asks for a password and where it goes, what is handed over, and what was refused', () => {
    const form = { method: 'post' as const, action: 'https://thief.example/x', fields: 2, passwordFields: 1 };
    const harmless = { ...form, action: 'https://search.example/', passwordFields: 0 };
    const page = { url: 'https://evil.example/a', contentType: 'text/html', siteName: null, links: 1, text: '' };
    const refused = { host: 'in.example', address: '169.254.169.254', port: 80, allowed: false };
    const lines = linesOf(
      visited({
        by: 'http',
        landing: { ...page, title: 'Sign in', forms: [form, harmless], passwordFields: 2 },
        download: { url: page.url, fileName: 'a.exe', contentType: 'x/y', bytes: 3, sha256: 'ab' },
        cuts: [{ reason: 'loop', url: 'https://loop.example/', message: 'seen before' }],
        guard: [
          { ...refused, why: 'metadata' },
          { ...refused, why: 'metadata' },
          { ...refused, address: null, why: 'dns' },
        ],
        screenshot: `default/${'0'.repeat(64)}`,
      }),
      'Where',
    );
    expect(lines).toEqual([
      '1. https://evil.example/a (visited)',
      'The page https://evil.example/a has the title “Sign in”',
      'A form asks for a password and sends it to https://thief.example/x (post)',
      'The page asks for a password outside of any form',
      'Brands that the page names: A Bank',
      'Hands over a file: a.exe, x/y, 3 bytes, SHA-256 ab, from https://evil.example/a',
      'It redirects in a circle: https://loop.example/ (seen before)',
      'Refused: in[.]example at 169.254.169.254, port 80, a metadata address',
      'Visited without a browser: scripts were read, not run',
      `Screenshot: /api/pipeline/jobs/${JOB_ID}/screenshots/1`,
    ]);
  });

  test('says why there is nothing to tell', () => {
    const why = 'Nobody answered.';
    const report = reportWith({
      visits: [{ url: 'https://a.example/', status: 'late', why, facts: null, brands: [] }],
    });
    expect(linesOf(report, 'Where')).toEqual(['1. https://a.example/ (late)', why]);
  });
});

describe('what others say', () => {
  const about = { provider: 'virustotal', resource: { kind: 'domain', value: 'evil.example' } } as const;
  const said = { isKnown: true, opinion: 'malicious', score: 90, summary: 'Bad.', askedAt: '2026-01-01' } as const;
  const lineFor = (answer: Partial<ReportAnswer>) =>
    linesOf(reportWith({ answers: [{ ...about, ...NO_ANSWER, ...answer }] }), 'What others')[1];

  test.each<[Partial<ReportAnswer>, string]>([
    [{ status: 'fresh', ...said }, 'evil[.]example: fresh; malicious, 90 of 100. Bad.'],
    [{ status: 'cached', ...said }, 'evil[.]example: cached, asked 2026-01-01; malicious, 90 of 100. Bad.'],
    [
      { status: 'stale', ...said, why: 'Asking failed.' },
      'evil[.]example: stale, asked 2026-01-01 (Asking failed.); malicious, 90 of 100. Bad.',
    ],
    [
      { status: 'fresh', ...said, isKnown: false, opinion: 'none', score: null, summary: 'Never seen.' },
      'evil[.]example: fresh; not known there. Never seen.',
    ],
    [
      { status: 'refused', why: 'It is used up.', retryAt: '2026-01-02' },
      'evil[.]example: refused until 2026-01-02 (It is used up.)',
    ],
    [{ status: 'refused', why: 'It is used up.' }, 'evil[.]example: refused (It is used up.)'],
    [{ status: 'failed', why: 'Nobody answered.' }, 'evil[.]example: failed (Nobody answered.)'],
    [{ status: 'late', why: 'No time.', resource: null }, 'the mail: late (No time.)'],
    [{ status: 'not-asked', why: 'There is no key.', resource: null }, 'not asked (There is no key.)'],
  ])('%j', (answer, line) => {
    expect(lineFor(answer)).toBe(line);
  });

  test('keeps to the first facts, each cut', () => {
    const facts = Array.from({ length: 7 }, (_, at) => ({ name: `n${at}`, value: 'v'.repeat(100) }));
    const line = lineFor({ status: 'fresh', ...said, facts });
    expect(line).toMatch(/ \[n0: v{79}…; n1: .*; n4: v{79}…; 2 more\]$/);
  });
});

test('the text of a page or a provider never becomes markup, a link or a change of direction', () => {
  const hostile =
    '<img src=http://t.example/p onerror=alert(1)> **b** [x](javascript:alert(1)) `c` https://evil.example/ \u202Egpj.exe\n# H';
  const facts = {
    landing: {
      url: hostile,
      contentType: hostile,
      title: hostile,
      siteName: null,
      forms: [{ method: 'post' as const, action: hostile, fields: 1, passwordFields: 1 }],
      passwordFields: 1,
      links: 0,
      text: hostile,
    },
  };
  const answer = { provider: 'gemini', resource: null, ...NO_ANSWER, status: 'fresh', isKnown: true, opinion: 'none' };
  const { visits } = visited(facts);
  const report = reportWith({ visits, answers: [{ ...answer, summary: hostile, why: hostile }] });
  const html = toHtml(report);
  expect(html).not.toMatch(/<(script|img|a|iframe)\b/i);
  const markdown = toMarkdown(report);
  expect(markdown).not.toMatch(/(?<!\\)[<`[\]!]/);
  expect(markdown).not.toContain('\n# H');
  for (const text of [html, markdown]) {
    expect(text).not.toContain('\u202E');
    expect(text).not.toMatch(/https?\\?:\/\//);
    expect(text.split('‹U+202E›').length).toBeGreaterThan(4);
  }
});
