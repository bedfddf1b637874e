import { describe, expect, test } from '@jest/globals';
import type { z } from 'zod';
import {
  BlobRef,
  bucketOf,
  Finding,
  JobId,
  ObservableScanInput,
  ProviderAnswer,
  Report,
  Resource,
  ResourceId,
  TaskId,
  TenantId,
  tasks,
} from '../src/index.ts';

const HASH = '0123456789abcdef'.repeat(4);
const ID = '0123456789abcdef';

describe('names are taken only as they are made', () => {
  test.each<[string, z.ZodType, string[], string[]]>([
    ['a resource id', ResourceId, [ID], ['', ID.slice(1), `${ID}0`, ID.toUpperCase(), `${ID.slice(1)}g`, `${ID}\n`]],
    [
      'a blob reference',
      BlobRef,
      [`default/${HASH}`, `a-1/${HASH}`],
      [HASH, `/${HASH}`, `../${HASH}`, `a/../${HASH}`, `A/${HASH}`, `default/${HASH}0`, `default/${HASH.slice(1)}`],
    ],
    ['a tenant', TenantId, ['a', `a${'b'.repeat(62)}`], ['', '-a', 'a/b', 'A', `a${'b'.repeat(63)}`, '__proto__']],
    ['a task id', TaskId, ['a.b-c_d', 'a'.repeat(120)], ['', '.a', '-a', 'a b', 'A', 'a'.repeat(121), 'a/b']],
    [
      'a job id',
      JobId,
      ['01890000-0000-7000-8000-00000000000a'],
      [
        '',
        '01890000-0000-7000-8000-00000000000',
        '01890000000070008000000000000000a',
        '01890000-0000-7000-8000-00000000000A',
      ],
    ],
  ])('%s', (_what, schema, good, bad) => {
    for (const name of good) expect(schema.safeParse(name).success).toBe(true);
    for (const name of bad) expect([name, schema.safeParse(name).success]).toEqual([name, false]);
  });

  test('the bucket of a job is its last digit', () => {
    expect(bucketOf('01890000-0000-7000-8000-00000000000f')).toBe('b15');
    expect(bucketOf('01890000-0000-7000-8000-000000000000')).toBe('b00');
  });
});

describe('what is bounded is refused beyond its bound', () => {
  const answer = {
    v: 1,
    provider: 'virustotal',
    resource: null,
    isKnown: true,
    opinion: 'none',
    score: 0,
    summary: '',
    facts: [],
    link: null,
    askedAt: '2026-01-01T00:00:00.000Z',
  };
  const fact = { name: 'n', value: 'v' };
  const finding = { id: 'a.b', severity: 'low', weight: 0, title: '', explanation: '', evidence: [] };
  const extracted = tasks['mail.extract'].result.shape.targets;
  const targets = { resources: `default/${HASH}`, visits: [], lookups: [], providers: [], notAsked: [], submits: [] };
  const list = (length: number, value: unknown) => Array.from({ length }, () => value);

  test.each<[string, z.ZodType, unknown, unknown]>([
    ['the value of a resource', Resource, resource(8_192), resource(8_193)],
    ['a resource without a value', Resource, resource(1), resource(0)],
    ['the value of an observable', ObservableScanInput, observable(4_096), observable(4_097)],
    ['a score', ProviderAnswer, { ...answer, score: 100 }, { ...answer, score: 100.1 }],
    ['a summary', ProviderAnswer, { ...answer, summary: 'x'.repeat(500) }, { ...answer, summary: 'x'.repeat(501) }],
    ['the facts', ProviderAnswer, { ...answer, facts: list(40, fact) }, { ...answer, facts: list(41, fact) }],
    [
      'a fact',
      ProviderAnswer,
      { ...answer, facts: [{ name: 'n'.repeat(60), value: 'v'.repeat(300) }] },
      { ...answer, facts: [{ name: 'n'.repeat(61), value: 'v' }] },
    ],
    ['a weight', Finding, { ...finding, weight: 100 }, { ...finding, weight: -1 }],
    ['the id of a finding', Finding, { ...finding, id: 'url.ip-host' }, { ...finding, id: 'url' }],
    ['the visits of a mail', extracted, { ...targets, visits: list(20, ID) }, { ...targets, visits: list(21, ID) }],
    [
      'the lookups of a mail',
      extracted,
      { ...targets, lookups: list(60, { id: ID, kind: 'url' }) },
      { ...targets, lookups: list(61, { id: ID, kind: 'url' }) },
    ],
    ['the confidence of a report', Report.shape.confidence, 1, 1.01],
    ['the score of a report', Report.shape.score, 100, -0.1],
  ])('%s', (_what, schema, within, beyond) => {
    expect(schema.safeParse(within).success).toBe(true);
    expect(schema.safeParse(beyond).success).toBe(false);
  });

  test('what a task leaves fits into its 16 KB, also with every list full', () => {
    const lookups = list(60, { id: ID, kind: 'domain' });
    const full = { ...targets, visits: list(20, ID), lookups };
    const result = { indicators: `default/${HASH}`, targets: full, urls: 1, domains: 1, ips: 1, attachments: 1 };
    expect(JSON.stringify(tasks['mail.extract'].result.parse(result)).length).toBeLessThan(8_192);
  });
});

function resource(chars: number) {
  return { id: ID, kind: 'url', value: 'x'.repeat(chars) };
}

function observable(chars: number) {
  return { type: 'url', value: 'x'.repeat(chars) };
}
