import { describe, expect, test } from '@jest/globals';
import { Dossier } from '@sluice/contracts';
import { dossierOf, DOWN, factsOf, findingsOf, OTHER_PAGE, PAGE, partOf } from './evidence.ts';

const resources = [{ v: 1 as const, resources: [PAGE, OTHER_PAGE] }];

describe('the visits of a dossier', () => {
  test.each([
    ['fresh', 'visited'],
    ['joined', 'visited'],
    ['memory', 'cached'],
    ['redis', 'cached'],
    ['stale', 'cached'],
  ] as const)('say whether the page was visited for this job: %s is %s', (source, status) => {
    const visits = [{ id: PAGE.id, source, facts: factsOf(PAGE.value) }];
    const dossier = Dossier.parse(dossierOf({ resources, visits, parts: [partOf(PAGE)] }));
    expect(dossier.visits).toMatchObject([{ url: PAGE.value, status, why: null, facts: { v: 1 } }]);
  });

  test('stand in the order of the resources, the failed and the late ones with their reason', () => {
    const parts = [partOf(OTHER_PAGE, { status: 'deferred' }), partOf(PAGE, { status: 'failed', error: DOWN })];
    expect(dossierOf({ resources, parts }).visits).toEqual([
      { url: PAGE.value, status: 'failed', why: 'Nobody answered.', facts: null, brands: [] },
      { url: OTHER_PAGE.value, status: 'late', why: 'The visit did not end in time.', facts: null, brands: [] },
    ]);
  });

  test('that say they are done and left nothing are failed, not forgotten', () => {
    const [visit] = dossierOf({ resources, parts: [partOf(PAGE)] }).visits;
    expect(visit).toMatchObject({ status: 'failed', facts: null });
  });

  test('hold 500 characters of the page, no half of a character, and only what the guard refused', () => {
    const text = `${'a'.repeat(499)}😀 and more`;
    const refused = { host: 'evil.example', address: '10.0.0.1', port: 80, allowed: false, why: 'private' as const };
    const allowed = { ...refused, address: '192.0.2.1', allowed: true, why: 'public' as const };
    const rest = { title: null, siteName: null, forms: [], passwordFields: 0, links: 0 };
    const landing = { url: PAGE.value, contentType: 'text/html', ...rest, text };
    const facts = factsOf(PAGE.value, { landing, guard: [allowed, refused] });
    const [visit] = dossierOf({
      resources,
      visits: [{ id: PAGE.id, source: 'fresh', facts }],
      parts: [partOf(PAGE)],
    }).visits;
    expect(visit?.facts?.landing?.text).toBe('a'.repeat(499));
    expect(visit?.facts?.guard).toEqual([refused]);
  });

  test('name the brands that any check saw on the page, each once', () => {
    const brands = (...some: string[]) => ({ ...findingsOf(), brands: [{ visit: PAGE.id, brands: some }] });
    const [visit] = dossierOf({
      resources,
      visits: [{ id: PAGE.id, source: 'fresh', facts: factsOf(PAGE.value) }],
      parts: [partOf(PAGE)],
      findings: [brands('Bank'), brands('Bank', 'Post')],
    }).visits;
    expect(visit?.brands).toEqual(['Bank', 'Post']);
  });
});
