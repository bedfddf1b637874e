import { describe, expect, test } from '@jest/globals';
import { Report } from '@sluice/contracts';
import { printBrief, printReport, printTally } from './print.ts';

const EVIL = 'x\x1b]0;owned\x07\u202e\r\nhttps://evil.example/a';
const finding = (contribution: number, title: string) => {
  const evidence = [{ where: 'html', quote: EVIL }];
  return { id: 'url.evil', severity: 'high', weight: 50, title, explanation: EVIL, evidence, contribution };
};
const report = Report.parse({
  v: 1,
  jobId: '01a20166-32de-7be8-a259-1f678a214bd5',
  pipeline: 'email-scan',
  revision: 1,
  createdAt: 'now',
  verdict: 'malicious',
  category: 'phishing',
  score: 81.5,
  confidence: 0.8,
  summary: `Bad: ${EVIL}`,
  subject: {
    kind: 'mail',
    sha256: '0',
    sizeBytes: 1,
    subject: EVIL,
    date: EVIL,
    messageId: EVIL,
    innerMails: 0,
    from: [{ name: EVIL, address: EVIL }],
    to: [],
    attachments: [],
  },
  findings: [finding(0, 'Only told'), finding(4.5, 'Weighs less'), finding(30, 'Weighs most')],
  indicators: { v: 1, urls: [], domains: [], ips: [], addresses: [], hashes: [], received: [], limits: [] },
  limits: [],
  defects: [EVIL],
  partial: true,
  missing: [{ what: 'sandbox', why: EVIL }],
  parts: [],
});
const NO_ANSWER = {
  retryAt: null,
  isKnown: null,
  opinion: null,
  score: null,
  summary: null,
  link: null,
  askedAt: null,
};
const facts = (change: object) => {
  const url = 'https://a.evil.example/x';
  const rest = { chain: [], landing: null, download: null, cuts: [], guard: [], tookMs: 1 };
  return { v: 1, by: 'http', url, finalUrl: url, ...rest, ...change };
};
const hop = (kind: string | null) => {
  return { url: 'https://x.example/', kind, status: 200, address: '192.0.2.1', port: 443, tookMs: 1, bytes: 1 };
};
const page = (title: string) => {
  const rest = { url: 'x', contentType: 'text/html', siteName: null, forms: [], links: 0, text: '' };
  return { ...rest, title, passwordFields: 1 };
};
const visit = (change: object, more: object = {}) => {
  return { url: 'https://a.evil.example/x', status: 'visited', why: null, facts: facts(change), brands: [], ...more };
};
const answer = (provider: string, change: object) => {
  const resource = { kind: 'domain', value: 'evil.example' };
  return { provider, resource, why: null, facts: [], ...NO_ANSWER, ...change };
};
const amended = Report.parse({
  ...report,
  revision: 2,
  visits: [
    visit({
      chain: [hop('http'), hop('script'), hop(null)],
      finalUrl: 'https://end.example/y',
      landing: page(`Bank ${EVIL}`),
    }),
    visit({ chain: [hop('http')], finalUrl: 'http://10.0.0.1/' }, { status: 'cached' }),
    visit({}, { status: 'late', why: EVIL, facts: null }),
  ],
  answers: [
    answer('shodan', { status: 'not-asked', resource: null, why: 'There is no key.' }),
    answer('gemini', { status: 'not-asked', resource: null, why: 'There is no key.' }),
    answer('abuseipdb', { status: 'refused', why: EVIL, retryAt: '2026-01-02' }),
    answer('urlscan', { status: 'cached', isKnown: false, opinion: 'none', summary: EVIL }),
    answer('virustotal', { status: 'fresh', isKnown: true, opinion: 'malicious', score: 90, summary: EVIL }),
  ],
  changes: {
    since: 1,
    verdict: { from: 'clean', to: 'malicious' },
    score: { from: 1, to: 81.5 },
    category: null,
    newFindings: [EVIL],
    goneFindings: [],
    filled: ['VirusTotal about evil[.]example'],
    nowMissing: [],
  },
});
const config = { width: 80, paint: (_part: string, text: string) => text };

describe('a report for a person', () => {
  const text = printReport('a.eml', report, config);

  test('begins with the verdict, and lists the reasons by what they contribute', () => {
    expect(text).toMatch(/^MALICIOUS {2}81\.5 of 100 · phishing · confidence 80 %\n {2}File {6}a\.eml\n/);
    expect(text).toMatch(/\+30 {2}Weighs most \(high\)[^]*\+4\.5 {2}Weighs less[^]*Also noticed\n {2}- Only told/);
    expect(text).toMatch(/Not examined\n {2}- sandbox: /);
  });

  test('has no control character and no link in it, whatever the mail says', () => {
    for (const printed of [
      text,
      printReport('x', amended, config),
      printBrief(EVIL, report, config),
      printReport(EVIL, report, config),
    ]) {
      expect(printed.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      expect(printed).not.toContain('https://');
      expect(printed).not.toContain('evil.example');
    }
  });

  test('keeps to the width', () => {
    for (const width of [40, 80]) {
      const lines = printReport('a.eml', amended, { ...config, width }).split('\n');
      expect(lines.filter((line) => line.length > width && !line.includes('·'))).toEqual([]);
    }
  });
});

describe('the evidence in a report for a person', () => {
  const wide = { ...config, width: 200 };
  const text = printReport('a.eml', amended, wide);

  test('says where the links lead: host, redirects, title, and what is remarkable', () => {
    expect(text).toContain(
      'Where the links lead\n  - a[.]evil[.]example → end[.]example, 2 redirects, “Bank x‹U+001B›]0;owned‹U+0007› ' +
        'hxxps://evil[.]example/a”, asks for a password\n  - a[.]evil[.]example → 10[.]0[.]0[.]1, 1 redirect, seen before\n' +
        '  - hxxps://a[.]evil[.]example/x: late: x',
    );
  });

  test('says what others say, the worst first, and who was not asked', () => {
    expect(text).toContain(
      'What others say\n  - VirusTotal about evil[.]example: malicious (90 of 100)\n' +
        '  - urlscan.io about evil[.]example: not known there, cached\n' +
        '  - AbuseIPDB about evil[.]example: refused until 2026-01-02 (x',
    );
    expect(text).toContain('  - not asked: Shodan, Gemini (There is no key.)\n');
  });

  test('says what an amendment changed, and nothing of it in the first revision', () => {
    expect(text).toContain(
      'Revision 2: what changed\n  - verdict: clean → malicious\n  - score: 1 → 81.5\n  - new: x‹U+001B›',
    );
    expect(text).toContain('  - answered now: VirusTotal about evil[.]example\n');
    const first = printReport('a.eml', report, wide);
    for (const title of ['what changed', 'Where the links lead', 'What others say']) expect(first).not.toContain(title);
  });

  test('is bounded: of many visits and answers the first are shown, and how many more there are', () => {
    const visits = Array.from({ length: 20 }, () => amended.visits[1]);
    const answers = Array.from({ length: 60 }, () => amended.answers[4]);
    const many = printReport('a.eml', Report.parse({ ...amended, visits, answers }), wide);
    expect(many.split('10[.]0[.]0[.]1')).toHaveLength(13);
    expect(many).toContain('  - … and 8 more\n');
    expect(many).toContain('  - … and 48 more\n');
  });
});

test('the count names what could not be scanned', () => {
  const verdicts = { clean: 3, suspicious: 2, malicious: 1 };
  expect(printTally({ verdicts, errors: 0 }, 1.23)).toBe('6 scanned in 1.2 s: 1 malicious, 2 suspicious, 3 clean\n');
  expect(printTally({ verdicts, errors: 4 }, 1)).toMatch(/; 4 could not be scanned\n$/);
});
