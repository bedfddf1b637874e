import { describe, expect, test } from '@jest/globals';
import { ProviderAnswer } from '@sluice/contracts';
import * as fc from 'fast-check';
import { ZodError } from 'zod';
import { readAbuseIpDb } from './abuseipdb.ts';
import { readShodan } from './shodan.ts';
import { answerOfScan, readResult, readSearch } from './urlscan-read.ts';
import { readVirusTotal, virusTotalFailure } from './virustotal.ts';

const NOW = Date.parse('2026-11-22T10:00:00.000Z');
const URL_ASKED = { kind: 'url', value: 'https://x.example/a?b=1' } as const;
const IP_ASKED = { kind: 'ip', value: '192.0.2.7' } as const;
const ID = '0196d976-07f6-7aae-8a57-aa019145f31c';

describe('VirusTotal', () => {
  const read = (stats: Record<string, number>, more: object = {}) =>
    readVirusTotal(URL_ASKED, { data: { attributes: { last_analysis_stats: stats, ...more } } }, NOW);

  test.each([
    [{ malicious: 3 }, 'malicious'],
    [{ malicious: 2, suspicious: 0, harmless: 90 }, 'suspicious'],
    [{ malicious: 1 }, 'suspicious'],
    [{ malicious: 0, suspicious: 2, harmless: 90 }, 'suspicious'],
    [{ malicious: 0, suspicious: 1, harmless: 90 }, 'none'],
    [{ malicious: 0, suspicious: 0, harmless: 1 }, 'harmless'],
    [{ malicious: 0, suspicious: 0, harmless: 0, undetected: 90 }, 'none'],
  ] as const)('with engines %j is %s', (stats, opinion) => {
    expect(read({ ...stats }).opinion).toBe(opinion);
  });

  test('says which engines said so, since when, and what it is', () => {
    const { facts, score, link } = read(
      { malicious: 3, suspicious: 0, harmless: 7 },
      {
        last_analysis_results: {
          ESET: { category: 'malicious', result: 'phishing', unknown_field: 1 },
          Sophos: { category: 'harmless', result: 'clean' },
        },
        first_submission_date: 1_700_000_000,
        reputation: -7,
        a_new_field: { of: ['the vendor'] },
      },
    );
    expect(Object.fromEntries(facts.map(({ name, value }) => [name, value]))).toMatchObject({
      'Called malicious by': 'ESET (phishing)',
      'First seen': '2023-11-14',
      Reputation: '-7',
    });
    expect(score).toBe(30);
    expect(link).toBe('https://www.virustotal.com/gui/url/aHR0cHM6Ly94LmV4YW1wbGUvYT9iPTE');
  });

  test('refuses for a quarter of an hour when its quota is exceeded though ours held', () => {
    const body = { error: { code: 'QuotaExceededError', message: 'Quota exceeded' } };
    expect(virusTotalFailure(429, body, NOW)).toEqual({ kind: 'refused', untilMs: NOW + 900_000 });
    expect(virusTotalFailure(418, { error: { code: 'NewError' } }, NOW)).toBeUndefined();
  });
});

describe('AbuseIPDB', () => {
  const read = (data: object) => readAbuseIpDb(IP_ASKED, { data: { totalReports: 9, ...data } }, NOW);

  test.each([
    [{ abuseConfidenceScore: 75 }, 'malicious'],
    [{ abuseConfidenceScore: 74 }, 'suspicious'],
    [{ abuseConfidenceScore: 25 }, 'suspicious'],
    [{ abuseConfidenceScore: 24 }, 'none'],
    [{ abuseConfidenceScore: 100, isWhitelisted: true }, 'none'],
    [{ abuseConfidenceScore: 0, isWhitelisted: true, totalReports: 0 }, 'harmless'],
  ] as const)('with %j is %s', (data, opinion) => {
    expect(read(data)?.opinion).toBe(opinion);
  });

  test('knows nothing of an address that nobody reported', () => {
    expect(read({ abuseConfidenceScore: 0, totalReports: 0, isWhitelisted: null })).toBeNull();
  });
});

describe('Shodan', () => {
  test('takes weaknesses as a list and as an object, and judges by tags alone', () => {
    const read = (host: object) => readShodan(IP_ASKED, { ip_str: '192.0.2.7', ...host }, NOW);
    expect(read({ vulns: { 'CVE-1': {} }, ports: [443, 80] }).facts).toEqual([
      { name: 'Ports', value: '80, 443' },
      { name: 'Vulnerabilities', value: 'CVE-1' },
    ]);
    expect(read({ vulns: ['CVE-1'], tags: ['vpn', 'cloud'] }).opinion).toBe('none');
    expect(read({ tags: ['C2'] }).opinion).toBe('suspicious');
    expect(read({ ports: Array.from({ length: 9_000 }, (_, port) => port) }).facts[0]?.value).toMatch(/ and \d+ more$/);
  });
});

describe('urlscan.io', () => {
  const found = (page: object, task: object, more: object = {}) => ({ _id: ID, page, task, ...more });
  const search = (...results: object[]) => readSearch(URL_ASKED, { results, total: results.length });

  test('tells of the newest scan of exactly this link, submitted or landed on', () => {
    const other = found({ url: 'https://x.example/a?b=12' }, { url: 'https://x.example/' });
    expect(search(other)).toBeNull();
    expect(search(other, found({ url: 'https://bank.example/' }, { url: 'https://x.example/a?b=1#top' }))?.id).toBe(ID);
    expect(search(found({ url: 'https://X.example:443/a?b=1' }, {}))?.id).toBe(ID);
  });

  test('finds a domain itself, not the ones below it', () => {
    const domain = { kind: 'domain', value: 'x.example' } as const;
    expect(readSearch(domain, { results: [found({ domain: 'a.x.example' }, {})] })).toBeNull();
    expect(readSearch(domain, { results: [found({ domain: 'x.example' }, {})] })?.id).toBe(ID);
  });

  test.each([
    [{ score: 100, malicious: true, categories: ['phishing'] }, 'malicious', 'phishing'],
    [{ score: 20, malicious: false }, 'suspicious', undefined],
    [{ score: -100, malicious: false }, 'harmless', undefined],
    [{ score: 0, malicious: false }, 'none', undefined],
    [null, 'none', undefined],
  ] as const)('with the verdict %j is %s', (overall, opinion, category) => {
    const scan = readResult(ID, { task: {}, page: null, verdicts: { overall } });
    const answer = answerOfScan(URL_ASKED, scan, 'https://urlscan.io', NOW);
    expect([answer.opinion, answer.category]).toEqual([opinion, category]);
    expect(answer.link).toBe(`https://urlscan.io/result/${ID}/`);
  });

  test('names no scan by anything but an id', () => {
    expect(() => search({ ...found({}, {}), _id: '../../user/quotas' })).toThrow(ZodError);
  });
});

describe('whatever a vendor answers', () => {
  const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 2_000 }), fc.constant('x'.repeat(100_000)));
  const readers = {
    virustotal: fc
      .record({ stats: fc.record({ malicious: fc.nat(), harmless: fc.nat() }), text })
      .map(({ stats, text: words }) =>
        readVirusTotal(
          URL_ASKED,
          {
            data: {
              attributes: {
                last_analysis_stats: stats,
                last_analysis_results: { [words]: { category: 'malicious', result: words } },
                tags: Array.from({ length: 500 }, () => words),
                meaningful_name: words,
                creation_date: 1e300,
              },
            },
          },
          NOW,
        ),
      ),
    abuseipdb: text.map((words) =>
      readAbuseIpDb(
        IP_ASKED,
        { data: { abuseConfidenceScore: 50, totalReports: 1e308, isp: words, hostnames: [words] } },
        NOW,
      ),
    ),
    shodan: text.map((words) => readShodan(IP_ASKED, { ip_str: words, tags: [words, 'malware'], org: words }, NOW)),
    urlscan: text.map((words) => {
      const scan = readResult(ID, {
        task: { url: words, tags: [words] },
        page: { title: words },
        verdicts: { overall: { score: 1e9, brands: [words] } },
      });
      return answerOfScan(URL_ASKED, scan, 'https://urlscan.io', NOW);
    }),
  };

  test.each(Object.entries(readers))(
    '%s: the answer is within the bounds of the contract and one line a fact',
    (_name, answers) => {
      fc.assert(
        fc.property(answers as fc.Arbitrary<ProviderAnswer>, (answer) => {
          expect(ProviderAnswer.parse(answer)).toEqual(answer);
          for (const { value } of answer.facts) expect(value).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
          expect(answer.summary).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
        }),
        { numRuns: 60 },
      );
    },
  );

  test('what is none is refused', () => {
    const rubbish = fc.jsonValue().filter((value) => value !== null);
    fc.assert(
      fc.property(rubbish, (json) => {
        for (const read of [readVirusTotal, readAbuseIpDb, readShodan])
          expect(() => read(IP_ASKED, json, NOW)).toThrow(ZodError);
        expect(() => readResult(ID, json)).toThrow(ZodError);
      }),
      { numRuns: 300 },
    );
  });
});
