import { describe, expect, test } from '@jest/globals';
import { type AnswerSource, Dossier, type ProviderAnswer } from '@sluice/contracts';
import { answerOf, dossierOf, DOWN, HOST, PAGE, partOf, QUOTA } from './evidence.ts';

const resources = [{ v: 1 as const, resources: [PAGE, HOST] }];
const vt = { provider: 'virustotal' as const };
const urlscan = { provider: 'urlscan' as const };
const from = (source: AnswerSource, answer: ProviderAnswer) => ({ source, answer });

describe('the answers of a dossier', () => {
  test.each([
    ['fresh', 'fresh'],
    ['joined', 'fresh'],
    ['memory', 'cached'],
    ['redis', 'cached'],
    ['stale', 'stale'],
  ] as const)('say how old they are: %s is %s', (source, status) => {
    const answers = [from(source, answerOf(PAGE))];
    const dossier = Dossier.parse(dossierOf({ resources, answers, parts: [partOf(PAGE, vt)] }));
    const told = { status, opinion: 'malicious', score: 90, summary: '9 of 10 engines call it malicious.' };
    expect(dossier.answers).toMatchObject([told]);
    expect(dossier.answers[0]?.why === null).toBe(status !== 'stale');
  });

  test.each([
    ['quota-exhausted', 'refused'],
    ['provider-refused', 'refused'],
    ['call-timeout', 'failed'],
    ['answer-malformed', 'failed'],
  ] as const)('say what became of a question without one: %s is %s', (code, status) => {
    const parts = [partOf(HOST, { ...vt, status: 'failed', error: { ...QUOTA, code } })];
    expect(dossierOf({ resources, parts }).answers).toEqual([
      {
        provider: 'virustotal',
        resource: { kind: 'domain', value: 'evil.example' },
        status,
        why: QUOTA.message,
        retryAt: '2026-01-02T00:00:00.000Z',
        isKnown: null,
        opinion: null,
        score: null,
        summary: null,
        facts: [],
        link: null,
        askedAt: null,
      },
    ]);
  });

  test('that are late say so, also of the mail as a whole, and a time that is none is left out', () => {
    const error = { ...DOWN, retryAtMs: 1e300 };
    const parts = [
      partOf(PAGE, { ...vt, status: 'deferred' }),
      partOf(null, { provider: 'gemini', status: 'deferred', error }),
    ];
    expect(dossierOf({ resources, parts }).answers).toMatchObject([
      { provider: 'virustotal', resource: { kind: 'url' }, status: 'late', why: 'There was no answer in time.' },
      { provider: 'gemini', resource: null, status: 'late', why: DOWN.message, retryAt: null },
    ]);
  });

  test('what came of a submission takes the place of the lookup that knew nothing, in any order', () => {
    const lookup = from('fresh', answerOf(PAGE, { ...urlscan, isKnown: false, opinion: 'none', summary: 'Not seen.' }));
    const submit = from('fresh', answerOf(PAGE, { ...urlscan, summary: 'It was looked at.' }));
    const parts = [partOf(PAGE, urlscan), partOf(PAGE, { ...urlscan, task: 'api_analysis.submit' })];
    for (const answers of [
      [lookup, submit],
      [submit, lookup],
    ]) {
      const told = dossierOf({ resources, answers, parts }).answers;
      expect(told.map(({ summary }) => summary)).toEqual(['It was looked at.']);
    }
  });

  test('a submission that is late stands beside the lookup that knew nothing', () => {
    const answers = [from('fresh', answerOf(PAGE, { ...urlscan, isKnown: false, opinion: 'none' }))];
    const parts = [partOf(PAGE, urlscan), partOf(PAGE, { ...urlscan, task: 'api.submit', status: 'deferred' })];
    const told = dossierOf({ resources, answers, parts }).answers;
    expect(told.map(({ status, isKnown }) => [status, isKnown])).toEqual([
      ['fresh', false],
      ['late', null],
    ]);
  });

  test('stand by provider, then in the order of the resources', () => {
    const answers = [
      from('fresh', answerOf(HOST)),
      from('fresh', answerOf(PAGE, urlscan)),
      from('fresh', answerOf(PAGE)),
    ];
    const notAsked = [{ provider: 'abuseipdb' as const, why: 'There is no key for it.' }];
    const told = dossierOf({ resources, answers, notAsked, parts: [] }).answers;
    expect(told.map(({ provider, resource }) => [provider, resource?.kind])).toEqual([
      ['virustotal', 'url'],
      ['virustotal', 'domain'],
      ['abuseipdb', undefined],
      ['urlscan', 'url'],
    ]);
  });

  test('that say they are there and are not are failed, not forgotten', () => {
    expect(dossierOf({ resources, parts: [partOf(PAGE, vt)] }).answers).toMatchObject([{ status: 'failed' }]);
  });
});
