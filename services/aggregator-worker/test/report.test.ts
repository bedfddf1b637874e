import { describe, expect, test } from '@jest/globals';
import { Dossier, type LimitHit, Report, type ReportPart, VERDICTS } from '@sluice/contracts';
import fc from 'fast-check';
import { assemble } from '../src/dossier.ts';
import { writeReport } from '../src/report.ts';
import {
  answerOf,
  documentOf,
  dossierOf,
  DOWN,
  EMPTY_INDICATORS,
  evidenceOf,
  factsOf,
  findingOf,
  findingsOf,
  HOST,
  IDENTITY,
  OTHER_PAGE,
  PAGE,
  partOf,
  QUOTA,
} from './evidence.ts';

const DONE: ReportPart = { stage: 'parsing', task: 'parsing.mail.parse', status: 'done', tookMs: 4 };
const tooManyTags: LimitHit = { limit: 'html-bytes', allowed: 20, message: 'The rest of the HTML was read as text.' };

function bounded(parsed: LimitHit[], extracted: LimitHit[], parts: ReportPart[] = [DONE]) {
  const document = { ...documentOf(), limits: parsed };
  const indicators = { ...EMPTY_INDICATORS, limits: extracted };
  return dossierOf({ document, indicators, parts });
}

describe('what was not examined', () => {
  test('is nothing when every part is done: the report is whole and sure', () => {
    const report = Report.parse(writeReport(bounded([], []), IDENTITY));
    expect(report).toMatchObject({ partial: false, missing: [], confidence: 1 });
  });

  test('is said once, and costs confidence once, when parsing and extracting met the same bound', () => {
    const once = writeReport(bounded([tooManyTags], []), IDENTITY);
    const twice = writeReport(bounded([tooManyTags], [{ ...tooManyTags, found: 90 }]), IDENTITY);
    expect(twice.missing).toEqual([{ what: 'html-bytes', why: tooManyTags.message }]);
    expect(twice.confidence).toBe(0.8);
    expect(twice.confidence).toBe(once.confidence);
    expect(twice.limits).toEqual([{ ...tooManyTags, found: 90 }]);
  });

  test('keeps every reason where one bound was met in two ways', () => {
    const cut = { ...tooManyTags, message: 'The HTML was cut.' };
    const report = writeReport(bounded([cut], [tooManyTags]), IDENTITY);
    expect(report.missing).toEqual([{ what: 'html-bytes', why: `${cut.message} ${tooManyTags.message}` }]);
    expect(report.limits).toHaveLength(2);
    expect(report.confidence).toBe(0.8);
  });

  test('names each failed and each late part with its reason, and lowers confidence for each', () => {
    const error = { code: 'time-limit', message: 'It took too long.', disposition: 'retry' as const };
    const late: ReportPart = { stage: 'checks', task: 'checks.a', status: 'deferred', tookMs: null };
    const failed: ReportPart = { stage: 'checks', task: 'checks.b', status: 'failed', error, tookMs: 9 };
    const report = Report.parse(writeReport(bounded([], [], [DONE, late, failed]), IDENTITY));
    expect(report.missing).toEqual([
      { what: 'checks.a', why: 'No answer in time' },
      { what: 'checks.b', why: 'It failed: It took too long. (time-limit)' },
    ]);
    expect(report).toMatchObject({ partial: true, confidence: 0.64 });
    expect(report.summary).toContain('2 parts were not examined');
  });

  test('names a visit and a question in words, not by their task', () => {
    const lookup = partOf(HOST, { provider: 'virustotal', status: 'failed', error: QUOTA });
    const visit = partOf(PAGE, { status: 'deferred' });
    const model = partOf(null, { provider: 'gemini', status: 'failed', error: DOWN });
    const dossier = dossierOf({ resources: [{ v: 1, resources: [PAGE, HOST] }], parts: [lookup, visit, model] });
    expect(writeReport(dossier, IDENTITY).missing).toEqual([
      {
        what: 'The page hxxps://evil[.]example/login.php',
        why: 'Not seen in time: The visit did not end in time.',
      },
      {
        what: 'VirusTotal about evil[.]example',
        why: 'Over a quota: The quota of virustotal is used up. It can be asked again from 2026-01-02T00:00:00.000Z.',
      },
      { what: 'Gemini about the mail', why: 'It failed: Nobody answered.' },
    ]);
  });

  test('is told once for each provider and reason, and each provider costs confidence once', () => {
    const some = [PAGE, OTHER_PAGE, HOST];
    const refused = some.map((one) => partOf(one, { provider: 'virustotal', status: 'failed', error: QUOTA }));
    const silent = partOf(null, { provider: 'virustotal', status: 'deferred' });
    const report = writeReport(
      dossierOf({ resources: [{ v: 1, resources: some }], parts: [...refused, silent] }),
      IDENTITY,
    );
    expect(report.missing.map(({ what }) => what)).toEqual([
      'VirusTotal about 3 resources',
      'VirusTotal about the mail',
    ]);
    expect(report).toMatchObject({ partial: true, confidence: 0.8 });
    expect(report.answers).toHaveLength(4);
  });

  test('of visits that failed alike is one entry and one loss of confidence', () => {
    const failed = [PAGE, OTHER_PAGE].map((one) => partOf(one, { status: 'failed', error: DOWN }));
    const report = writeReport(
      dossierOf({ resources: [{ v: 1, resources: [PAGE, OTHER_PAGE] }], parts: failed }),
      IDENTITY,
    );
    expect(report.missing).toEqual([{ what: '2 linked pages', why: 'The visit failed: Nobody answered.' }]);
    expect(report.confidence).toBe(0.8);
  });

  test('does not count a provider without a key: the report is whole', () => {
    const notAsked = [{ provider: 'shodan' as const, why: 'There is no key for it.' }];
    const report = writeReport(dossierOf({ notAsked }), IDENTITY);
    expect(report).toMatchObject({ partial: false, missing: [], confidence: 1 });
    expect(report.answers).toMatchObject([{ provider: 'shodan', resource: null, status: 'not-asked' }]);
  });

  test('counts a provider that the operator has switched off once, before or after the questions were planned', () => {
    const why = 'switched off by the operator';
    const notAsked = [{ provider: 'shodan' as const, why, isSwitchedOff: true as const }];
    const error = {
      code: 'provider-off',
      message: 'The operator has switched it off.',
      disposition: 'give-up' as const,
    };
    const parts = [PAGE, OTHER_PAGE].map((one) => partOf(one, { provider: 'virustotal', status: 'failed', error }));
    const resources = [{ v: 1 as const, resources: [PAGE, OTHER_PAGE] }];
    const report = writeReport(dossierOf({ notAsked, parts, resources }), IDENTITY);
    const off = 'Not asked: the operator has switched it off for now.';
    expect(report.missing).toEqual([
      { what: 'VirusTotal', why: off },
      { what: 'Shodan', why: off },
    ]);
    expect(report).toMatchObject({ partial: true, confidence: 0.64 });
    expect(report.answers.map(({ provider, status }) => [provider, status])).toEqual([
      ['virustotal', 'not-asked'],
      ['virustotal', 'not-asked'],
      ['shodan', 'not-asked'],
    ]);
  });

  test('says what was left out because it may not leave, and is whole: nobody tries it again', () => {
    const red = 'the mail is TLP:RED: nothing may leave';
    const withheld = [
      { what: 'visit' as const, count: 2, why: red },
      { what: 'visit' as const, count: 1, why: red },
      { what: 'submit' as const, why: red },
    ];
    const report = writeReport(dossierOf({ withheld }), IDENTITY);
    expect(report).toMatchObject({ partial: false, missing: [], confidence: 1 });
    expect(report.withheld).toEqual([
      { what: '2 linked pages', why: `Not opened, because ${red}.` },
      { what: 'The linked page', why: `Not opened, because ${red}.` },
      { what: 'Links that urlscan.io does not know', why: `Not handed over, because ${red}.` },
    ]);
  });

  test('does not count a visit that found no address: that is a fact', () => {
    const cuts = [{ reason: 'dns' as const, url: PAGE.value, message: 'the name has no address' }];
    const visits = [{ id: PAGE.id, source: 'fresh' as const, facts: factsOf(PAGE.value, { cuts }) }];
    const report = writeReport(dossierOf({ visits, parts: [partOf(PAGE)] }), IDENTITY);
    expect(report).toMatchObject({ partial: false, visits: [{ status: 'visited' }] });
  });
});

describe('of what nobody could look at', () => {
  const resources = [{ v: 1 as const, resources: [PAGE] }];
  const url = { type: 'url' as const, value: PAGE.value };
  const asked = { document: null, observable: url, resources, parts: [partOf(PAGE)] };
  const visitOf = (status: number | null) => {
    const hop = { url: PAGE.value, kind: null, status, address: '192.0.2.1', port: 443, tookMs: 1, bytes: 0 };
    return [{ id: PAGE.id, source: 'fresh' as const, facts: factsOf(PAGE.value, { chain: [hop] }) }];
  };

  test('the report says first that nothing was examined, and is not sure', () => {
    const unreached = writeReport(dossierOf({ ...asked, visits: visitOf(null) }), IDENTITY);
    expect(unreached).toMatchObject({ verdict: 'clean', confidence: 0.3 });
    expect(unreached.summary).toMatch(/^This link could not be examined, so that “clean” says nothing about it/);
    expect(unreached.summary).toContain('The page could not be reached');
    const unasked = writeReport(dossierOf({ ...asked, parts: [] }), IDENTITY);
    expect(unasked).toMatchObject({ confidence: 0.3 });
  });

  test('a page that answered, a provider that knows it, or evidence against it makes the report sure', () => {
    expect(writeReport(dossierOf({ ...asked, visits: visitOf(404) }), IDENTITY).confidence).toBe(1);
    const answers = [{ source: 'fresh' as const, answer: answerOf(PAGE) }];
    expect(writeReport(dossierOf({ ...asked, visits: visitOf(null), answers }), IDENTITY).confidence).toBe(1);
    const findings = [findingsOf({ ...findingOf('url.x', 80, 'x'), category: 'phishing' })];
    const known = writeReport(dossierOf({ ...asked, visits: visitOf(null), findings }), IDENTITY);
    expect(known).toMatchObject({ verdict: 'malicious', confidence: 1 });
  });

  test('a file that is no mail is not called clean without a word', () => {
    const document = documentOf();
    const [mail] = document.mails;
    if (mail === undefined) throw new Error('no mail');
    const nothing = { ...mail, messageId: null, subject: null, from: [], text: null };
    const defects = ['This is binary data, not a mail.'];
    const report = writeReport(dossierOf({ document: { ...document, mails: [nothing], defects } }), IDENTITY);
    expect(report).toMatchObject({ verdict: 'clean', confidence: 0.3 });
    expect(report.summary).toContain('It could not be read as a mail. This is binary data, not a mail.');
  });
});

describe('the summary', () => {
  test('tells what was found before the impression of the model, and leaves out what hardly counts', () => {
    const model = { ...findingOf('model.like-bad-mail', 70, 'it asks for a call'), title: 'It resembles bad mail' };
    const lure = { ...findingOf('text.lure', 60, 'x'), title: 'It wants a fee', category: 'scam' as const };
    const light = { ...findingOf('header.light', 1, 'x'), title: 'A trifle' };
    const { summary } = writeReport(dossierOf({ findings: [findingsOf(model, lure, light)] }), IDENTITY);
    expect(summary).toBe(
      'This mail is malicious: a scam, which is after money (88.1 of 100). Why: It wants a fee; It resembles bad mail (it asks for a call). ' +
        'Nobody should follow its links, open its attachments or answer it.',
    );
  });

  test('of a clean mail says that what was noticed weighs little', () => {
    const { summary } = writeReport(dossierOf({ findings: [findingsOf(findingOf('a.one', 10, 'x'))] }), IDENTITY);
    expect(summary).toContain('(10 of 100). Noticed, but of little weight: A title.');
  });
});

describe('the report', () => {
  test('is never milder for one more finding, answer or visit', () => {
    const weight = fc.integer({ min: 0, max: 100 });
    const id = fc.constantFrom('check.a', 'provider.virustotal', 'provider.urlscan', 'visit.form');
    const sets = fc.array(fc.array(fc.tuple(id, weight)).map((some) => findingsOf(...some.map(asFinding))));
    fc.assert(
      fc.property(sets, sets, (before, more) => {
        const [was, is] = [before, [...before, ...more]].map((findings) => {
          const answers = [{ source: 'fresh' as const, answer: answerOf(PAGE) }];
          return writeReport(dossierOf({ findings, ...(findings === before ? {} : { answers }) }), IDENTITY);
        });
        expect(is?.score).toBeGreaterThanOrEqual(was?.score ?? 100);
        expect(VERDICTS.indexOf(is?.verdict ?? 'clean')).toBeGreaterThanOrEqual(
          VERDICTS.indexOf(was?.verdict ?? 'malicious'),
        );
      }),
    );
  });

  test('says how long each stage took, after the first begin of the job', () => {
    const at = (stage: string, startedMs?: number, settledMs?: number): ReportPart => {
      return { stage, task: `${stage}.x`, status: 'done', tookMs: null, startedMs, settledMs };
    };
    const parts = [at('api', 1_200, 1_900), at('parsing', 1_000, 1_100), at('api', 1_150, 1_400), at('checks')];
    expect(writeReport(dossierOf({ parts }), IDENTITY).timings).toEqual([
      { stage: 'parsing', startedAfterMs: 0, tookMs: 100, tasks: 1 },
      { stage: 'api', startedAfterMs: 150, tookMs: 750, tasks: 2 },
    ]);
    expect(writeReport(dossierOf({ parts: [at('checks')] }), IDENTITY).timings).toEqual([]);
  });
});

describe('an amended report', () => {
  const refused = partOf(HOST, { provider: 'virustotal', status: 'failed', error: QUOTA });
  const resources = [{ v: 1 as const, resources: [PAGE, HOST] }];
  const first = writeReport(
    dossierOf({ resources, parts: [refused], findings: [findingsOf(findingOf('check.old', 20, 'x'))] }),
    IDENTITY,
  );

  test('says what changed since the revision before it', () => {
    const parts = [partOf(HOST, { provider: 'virustotal' }), partOf(PAGE, { status: 'deferred' })];
    const answers = [{ source: 'fresh' as const, answer: answerOf(HOST) }];
    const found = { ...findingOf('provider.virustotal', 80, 'y'), title: 'VirusTotal calls it bad' };
    const dossier = dossierOf({
      resources,
      parts,
      answers,
      findings: [findingsOf({ ...found, category: 'phishing' })],
    });
    const second = Report.parse(writeReport(dossier, { ...IDENTITY, revision: 2 }, first));
    expect(second.changes).toEqual({
      since: 1,
      verdict: { from: 'clean', to: 'malicious' },
      score: { from: 20, to: 80 },
      category: { from: 'legitimate', to: 'phishing' },
      newFindings: ['VirusTotal calls it bad'],
      goneFindings: ['A title'],
      filled: ['VirusTotal about evil[.]example'],
      nowMissing: ['The page hxxps://evil[.]example/login.php'],
    });
    expect(second.summary).toContain(
      'Since revision 1: the verdict went from clean to malicious; the score from 20 to 80; the category from legitimate ' +
        'to phishing; new: VirusTotal calls it bad; gone: A title; answered now: VirusTotal about evil[.]example',
    );
  });

  test('names what was answered of many, although others are still refused', () => {
    const both = [refused, partOf(PAGE, { provider: 'virustotal', status: 'failed', error: QUOTA })];
    const before = writeReport(dossierOf({ resources, parts: both }), IDENTITY);
    const answers = [{ source: 'fresh' as const, answer: answerOf(HOST) }];
    const parts = [partOf(HOST, { provider: 'virustotal' }), ...both.slice(1)];
    const { changes } = writeReport(dossierOf({ resources, parts, answers }), { ...IDENTITY, revision: 2 }, before);
    expect(changes).toMatchObject({ filled: ['VirusTotal about evil[.]example'], nowMissing: [], score: null });
  });

  test('that says the same says so, and the first revision says nothing', () => {
    const again = writeReport(
      dossierOf({ resources, parts: [refused], findings: [findingsOf(findingOf('check.old', 20, 'x'))] }),
      { ...IDENTITY, revision: 2 },
      first,
    );
    expect(again.summary).toContain('Since revision 1: nothing changed.');
    expect(first.changes).toBeNull();
    expect(first.summary).not.toContain('Since');
  });
});

describe('the dossier', () => {
  test('holds a finding of several checks once, with the greatest weight and all evidence', () => {
    const light = findingOf('url.ip-host', 10, 'first');
    const heavy = findingOf('url.ip-host', 60, 'second');
    const findings = [findingsOf(light), findingsOf(heavy, findingOf('other.one', 5, 'third'))];
    const dossier = dossierOf({ findings });
    expect(Dossier.parse(dossier).findings).toMatchObject([{ id: 'url.ip-host', weight: 60 }, { id: 'other.one' }]);
    expect(dossier.findings[0]?.evidence.map(({ quote }) => quote)).toEqual(['first', 'second']);
  });

  test('keeps 20 pieces of evidence of a finding, from one check or from many, each once', () => {
    const quotes = Array.from({ length: 30 }, (_, index) => ({ where: 'text', quote: `x${index}` }));
    const one = { ...findingOf('a.one', 1, ''), evidence: quotes };
    const left = { ...findingOf('a.other', 1, ''), evidence: quotes.slice(0, 15) };
    const right = { ...left, evidence: quotes.slice(10, 30) };
    const { findings } = dossierOf({ findings: [findingsOf(one, left), findingsOf(right)] });
    expect(findings.map(({ evidence }) => evidence)).toEqual([quotes.slice(0, 20), quotes.slice(0, 20)]);
  });

  test('of an observable says so, and of nothing is refused', () => {
    const nothing = evidenceOf({ document: null, indicators: null });
    const observable = { type: 'ip' as const, value: '192.0.2.1' };
    expect(assemble({ ...nothing, observable }).subject).toEqual({ kind: 'observable', ...observable });
    expect(() => assemble(nothing)).toThrow(expect.objectContaining({ code: 'nothing-to-report' }));
  });
});

function asFinding([id, weight]: [string, number]) {
  return findingOf(id, weight, 'x');
}
