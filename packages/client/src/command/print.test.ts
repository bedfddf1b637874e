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
const config = { width: 80, paint: (_part: string, text: string) => text };

describe('a report for a person', () => {
  const text = printReport('a.eml', report, config);

  test('begins with the verdict, and lists the reasons by what they contribute', () => {
    expect(text).toMatch(/^MALICIOUS {2}81\.5 of 100 · phishing · confidence 80 %\n {2}File {6}a\.eml\n/);
    expect(text).toMatch(/\+30 {2}Weighs most \(high\)[^]*\+4\.5 {2}Weighs less[^]*Also noticed\n {2}- Only told/);
    expect(text).toMatch(/Not examined\n {2}- sandbox: /);
  });

  test('has no control character and no link in it, whatever the mail says', () => {
    for (const printed of [text, printBrief(EVIL, report, config), printReport(EVIL, report, config)]) {
      expect(printed.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      expect(printed).not.toContain('https://');
      expect(printed).not.toContain('evil.example');
    }
  });

  test('keeps to the width', () => {
    for (const width of [40, 80]) {
      const lines = printReport('a.eml', report, { ...config, width }).split('\n');
      expect(lines.filter((line) => line.length > width && !line.includes('·'))).toEqual([]);
    }
  });
});

test('the count names what could not be scanned', () => {
  const verdicts = { clean: 3, suspicious: 2, malicious: 1 };
  expect(printTally({ verdicts, errors: 0 }, 1.23)).toBe('6 scanned in 1.2 s: 1 malicious, 2 suspicious, 3 clean\n');
  expect(printTally({ verdicts, errors: 4 }, 1)).toMatch(/; 4 could not be scanned\n$/);
});
