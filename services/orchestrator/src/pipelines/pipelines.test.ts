import { describe, expect, test } from '@jest/globals';
import type { ResourceEntry, Targets, Withheld } from '@sluice/contracts';
import type { JobView, SettledTask } from '../engine/index.ts';
import { emailScan } from './email-scan.ts';
import { observableScan } from './observable-scan.ts';

const blobOf = (digit: string) => `default/${digit.repeat(64)}`;
const idOf = (n: number) => String(n).padStart(16, '0');
const entries = (kind: ResourceEntry['kind'], ...ns: number[]) => ns.map((n): ResourceEntry => ({ id: idOf(n), kind }));

function settled(name: string, result: unknown, more: Partial<SettledTask> = {}): SettledTask {
  const error = { code: 'gone-wrong', message: 'no', disposition: 'retry' } as const;
  const outcome =
    result === undefined ? { status: 'failed' as const, error } : { status: 'done' as const, error: undefined };
  const times = { startedMs: 100, settledMs: 350 };
  return { id: `stage.${name}`, name, stage: 'stage', payload: {}, result, ...outcome, ...times, ...more };
}

const targets: Targets = {
  resources: blobOf('a'),
  visits: [idOf(1), idOf(2)],
  lookups: [...entries('url', 1, 2, 3, 4), ...entries('domain', 5), ...entries('ip', 6, 7, 8), ...entries('hash', 9)],
  providers: ['virustotal', 'abuseipdb', 'urlscan', 'shodan', 'gemini'],
  notAsked: [],
  submits: [],
};

const parsed = settled(
  'mail.parse',
  { document: blobOf('d'), mails: 1, attachments: 0, limits: 0, isSigned: true },
  { payload: { blob: blobOf('b') } },
);
const extracted = (change: Partial<Targets> = {}) =>
  settled(
    'mail.extract',
    { indicators: blobOf('1'), targets: { ...targets, ...change }, urls: 4, domains: 1, ips: 3, attachments: 1 },
    { payload: { document: blobOf('d') } },
  );

/** A visit of resource `n` that discovered these. */
const visited = (n: number, lookups: ResourceEntry[], isDone = true) => {
  const result = { visit: blobOf('e'), source: 'fresh', resources: blobOf(String(n)), lookups };
  return settled('sandbox.visit', isDone ? result : undefined, {
    id: `sandbox_analysis.visit.${idOf(n)}`,
    payload: { resources: blobOf('a'), id: idOf(n) },
  });
};

function plan(stage: string, view: SettledTask[], pipeline = emailScan, nextRevision = 1) {
  const found = pipeline.stages.find(({ name }) => name === stage);
  const input =
    pipeline === emailScan ? { blob: blobOf('b'), sizeBytes: 1 } : { type: 'url', value: 'http://a.example/' };
  const job: JobView<unknown> = { input, nextRevision, settled: view };
  return found?.tasks(job).map(({ name, key, payload, required }) => ({ name, key, payload, required })) ?? [];
}

describe('a scan', () => {
  test('visits what extracting chose, each optional and named without saying what it is', () => {
    expect(plan('sandbox_analysis', [parsed, extracted()])).toEqual(
      [1, 2].map((n) => ({
        name: 'sandbox.visit',
        key: `visit.${idOf(n)}`,
        payload: { resources: blobOf('a'), id: idOf(n) },
        required: false,
      })),
    );
  });

  test('asks each provider only for the kinds that it knows, and no more than a mail may cost', () => {
    const keys = plan('api_analysis', [parsed, extracted()]).map(({ key }) => key);
    const short = (key: string) => key.replace(/0{5,}/, '');
    expect(keys.map(short)).toEqual([
      'virustotal.1',
      'virustotal.2',
      'virustotal.3',
      'abuseipdb.6',
      'abuseipdb.7',
      'urlscan.1',
      'urlscan.2',
      'shodan.6',
      'gemini',
    ]);
  });

  test('asks nobody without a key', () => {
    expect(plan('api_analysis', [parsed, extracted({ providers: [] })])).toEqual([]);
  });

  test('asks one more question of a provider for what a visit discovered, once for each resource, in whatever order visits settle', () => {
    const first = visited(1, entries('url', 11, 12));
    const second = visited(2, [...entries('url', 1), ...entries('ip', 13)]);
    const own = plan('api_analysis', [parsed, extracted()]).map(({ key }) => key);
    const afterFirst = plan('api_analysis', [parsed, extracted(), first]).map(({ key }) => key);
    const afterSecond = plan('api_analysis', [parsed, extracted(), second]).map(({ key }) => key);
    const all = plan('api_analysis', [parsed, extracted(), first, second]).map(({ key }) => key);
    expect(new Set([...own, ...afterFirst, ...afterSecond])).toEqual(new Set(all));
    expect(all.filter((key) => !own.includes(key))).toEqual([
      `virustotal.${idOf(11)}`,
      `abuseipdb.${idOf(13)}`,
      `urlscan.${idOf(11)}`,
      `shodan.${idOf(13)}`,
    ]);
    expect(new Set(all).size).toBe(all.length);
  });

  test('hands over one URL that a provider does not know, where that is permitted', () => {
    const lookup = (n: number, isKnown: boolean) =>
      settled(
        'provider.lookup',
        { answer: blobOf('f'), source: 'fresh', isKnown },
        {
          id: `api_analysis.urlscan.${idOf(n)}`,
          payload: { provider: 'urlscan', resources: blobOf('a'), id: idOf(n) },
        },
      );
    const answers = [lookup(1, true), lookup(2, false), lookup(3, false), lookup(5, false)];
    expect(plan('submissions', [parsed, extracted(), ...answers])).toEqual([]);
    expect(plan('submissions', [parsed, extracted({ submits: ['urlscan'] }), ...answers])).toMatchObject([
      { name: 'provider.submit', key: `urlscan.${idOf(2)}`, required: false },
    ]);
    const domainOnly = [parsed, extracted({ submits: ['urlscan'] }), lookup(5, false)];
    expect(plan('submissions', domainOnly)).toEqual([]);
  });

  test('tells the report what may not leave, of a submission only where there was something to hand over', () => {
    const withheld = (['visit', 'submit'] as const).map((what) => ({ what, why: 'the mail is TLP:RED' }));
    const lookup = (isKnown: boolean) =>
      settled(
        'provider.lookup',
        { answer: blobOf('f'), source: 'fresh', isKnown },
        { payload: { provider: 'urlscan', resources: blobOf('a'), id: idOf(2) } },
      );
    const toldOf = (isKnown: boolean) => {
      const [aggregate] = plan('aggregating', [parsed, extracted({ withheld }), lookup(isKnown)]);
      return (aggregate?.payload as { withheld: Withheld[] } | undefined)?.withheld.map(({ what }) => what);
    };
    expect(toldOf(true)).toEqual(['visit']);
    expect(toldOf(false)).toEqual(['visit', 'submit']);
  });

  test('judges what came, and nothing where nothing came', () => {
    expect(plan('judging', [parsed, extracted()])).toEqual([]);
    const view = [parsed, extracted(), visited(1, []), visited(2, [], false)];
    expect(plan('judging', view)).toMatchObject([
      { name: 'evidence.check', payload: { visits: [{ id: idOf(1) }], answers: [] }, required: false },
    ]);
  });

  test('authenticates only a mail that carries something to judge', () => {
    const unsigned = { ...parsed, result: { ...(parsed.result as object), isSigned: false } };
    const names = (view: SettledTask[]) => plan('checks', view).map(({ name }) => name);
    expect(names([parsed, extracted()])).toEqual(['mail.check', 'mail.authenticate']);
    expect(names([unsigned, extracted()])).toEqual(['mail.check']);
  });

  test('tells the report what every task was about, and what an amendment amends', () => {
    const failed = settled('provider.lookup', undefined, {
      id: `api_analysis.virustotal.${idOf(1)}`,
      stage: 'api_analysis',
      payload: { provider: 'virustotal', resources: blobOf('a'), id: idOf(1) },
    });
    const [aggregate] = plan('aggregating', [parsed, extracted(), visited(1, []), failed]);
    expect(aggregate?.payload).toMatchObject({
      resources: [blobOf('a'), blobOf('1')],
      visits: [{ id: idOf(1), source: 'fresh' }],
      parts: expect.arrayContaining([
        expect.objectContaining({
          task: failed.id,
          status: 'failed',
          provider: 'virustotal',
          resource: idOf(1),
          tookMs: 250,
        }),
        expect.objectContaining({ resource: idOf(1), status: 'done', startedMs: 100, settledMs: 350 }),
      ]),
    });
    const dossier = settled('report.aggregate', { dossier: blobOf('c') }, { payload: aggregate?.payload });
    const score = {
      report: blobOf('9'),
      verdict: 'clean',
      category: 'legitimate',
      score: 0,
      confidence: 1,
      partial: true,
    };
    const scored = settled('report.score', score, {
      payload: { dossier: blobOf('c'), pipeline: 'email-scan', revision: 1 },
    });
    expect(plan('scoring', [dossier])[0]?.payload).toMatchObject({ revision: 1, previous: undefined });
    expect(plan('scoring', [dossier, scored], emailScan, 2)[0]?.payload).toMatchObject({
      revision: 2,
      previous: blobOf('9'),
    });
  });

  test('of an observable looks beyond it by the same stages', () => {
    const view = [
      settled('observable.extract', extracted().result, { payload: { type: 'url', value: 'http://a.example/' } }),
    ];
    expect(plan('sandbox_analysis', view, observableScan)).toHaveLength(2);
    expect(plan('api_analysis', view, observableScan).some(({ name }) => name === 'mail.opinion')).toBe(false);
  });
});
