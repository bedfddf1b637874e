import { describe, expect, test } from '@jest/globals';
import { Dossier, type LimitHit, Report, type ReportPart } from '@sluice/contracts';
import { assemble } from '../src/dossier.ts';
import { writeReport } from '../src/report.ts';
import { documentOf, EMPTY_INDICATORS, findingOf } from './evidence.ts';

const IDENTITY = {
  jobId: '01890000-0000-7000-8000-000000000001',
  pipeline: 'email-scan',
  revision: 1,
  createdAt: '2026-01-01T00:00:00.000Z',
};
const DONE: ReportPart = { stage: 'parsing', task: 'parsing.mail.parse', status: 'done', tookMs: 4 };
const tooManyTags: LimitHit = { limit: 'html-bytes', allowed: 20, message: 'The rest of the HTML was read as text.' };

function dossierOf(parsed: LimitHit[], extracted: LimitHit[], parts: ReportPart[] = [DONE]) {
  const document = { ...documentOf(), limits: parsed };
  const indicators = { ...EMPTY_INDICATORS, limits: extracted };
  return assemble({ document, indicators, observable: null, findings: [], parts });
}

describe('what was not examined', () => {
  test('is nothing when every part is done: the report is whole and sure', () => {
    const report = Report.parse(writeReport(dossierOf([], []), IDENTITY));
    expect(report).toMatchObject({ partial: false, missing: [], confidence: 1 });
  });

  test('is said once, and costs confidence once, when parsing and extracting met the same bound', () => {
    const once = writeReport(dossierOf([tooManyTags], []), IDENTITY);
    const twice = writeReport(dossierOf([tooManyTags], [{ ...tooManyTags, found: 90 }]), IDENTITY);
    expect(twice.missing).toEqual([{ what: 'html-bytes', why: tooManyTags.message }]);
    expect(twice.confidence).toBe(0.8);
    expect(twice.confidence).toBe(once.confidence);
    expect(twice.limits).toEqual([{ ...tooManyTags, found: 90 }]);
  });

  test('keeps every reason where one bound was met in two ways', () => {
    const cut = { ...tooManyTags, message: 'The HTML was cut.' };
    const report = writeReport(dossierOf([cut], [tooManyTags]), IDENTITY);
    expect(report.missing).toEqual([{ what: 'html-bytes', why: `${cut.message} ${tooManyTags.message}` }]);
    expect(report.limits).toHaveLength(2);
    expect(report.confidence).toBe(0.8);
  });

  test('names each failed and each late part with its reason, and lowers confidence for each', () => {
    const error = { code: 'time-limit', message: 'It took too long.', disposition: 'retry' as const };
    const late: ReportPart = { stage: 'checks', task: 'checks.a', status: 'deferred', tookMs: null };
    const failed: ReportPart = { stage: 'checks', task: 'checks.b', status: 'failed', error, tookMs: 9 };
    const report = Report.parse(writeReport(dossierOf([], [], [DONE, late, failed]), IDENTITY));
    expect(report.missing).toEqual([
      { what: 'checks.a', why: 'No answer in time' },
      { what: 'checks.b', why: 'It failed: It took too long. (time-limit)' },
    ]);
    expect(report).toMatchObject({ partial: true, confidence: 0.64 });
    expect(report.summary).toContain('2 parts were not examined');
  });
});

describe('the dossier', () => {
  test('holds a finding of several checks once, with the greatest weight and all evidence', () => {
    const light = findingOf('url.ip-host', 10, 'first');
    const heavy = findingOf('url.ip-host', 60, 'second');
    const dossier = assemble({
      document: documentOf(),
      indicators: null,
      observable: null,
      findings: [
        { v: 1, findings: [light] },
        { v: 1, findings: [heavy, findingOf('other.one', 5, 'third')] },
      ],
      parts: [],
    });
    expect(Dossier.parse(dossier).findings).toMatchObject([{ id: 'url.ip-host', weight: 60 }, { id: 'other.one' }]);
    expect(dossier.findings[0]?.evidence.map(({ quote }) => quote)).toEqual(['first', 'second']);
  });

  test('of an observable says so, and of nothing is refused', () => {
    const nothing = { document: null, indicators: null, observable: null, findings: [], parts: [] };
    const observable = { type: 'ip' as const, value: '192.0.2.1' };
    expect(assemble({ ...nothing, observable }).subject).toEqual({ kind: 'observable', ...observable });
    expect(() => assemble(nothing)).toThrow(expect.objectContaining({ code: 'nothing-to-report' }));
  });
});
