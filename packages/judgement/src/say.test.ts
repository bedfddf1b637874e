import { describe, expect, test } from '@jest/globals';
import { type Authentication, type Finding, JudgementSay } from '@sluice/contracts';
import { dmarc, FILE_HASH, mailFactsOf } from '../test/facts.ts';
import { judge, withoutSay } from './say.ts';

const finding = (id: string, weight: number, category?: Finding['category'], quote = 'x'): Finding => ({
  id,
  severity: 'high',
  weight,
  ...(category === undefined ? {} : { category }),
  title: `title of ${id}`,
  explanation: 'why',
  evidence: [{ where: 'text', quote }],
});
const PHISH = finding('url.odd', 80, 'phishing');
const VIRUS = finding('attachment.virus', 60, 'malware');
const say = (some: object) => JudgementSay.parse(some);

describe("an operator's say", () => {
  test('that is empty changes nothing', () => {
    const { score, operator } = judge([PHISH], mailFactsOf('a@x.example'), say({}));
    expect(score).toMatchObject({ verdict: 'malicious', score: 80 });
    expect(operator).toBeUndefined();
  });

  test('that allows a sender counts only where DMARC passes, or without proof where it says so', () => {
    const allow = say({ allow: [{ kind: 'domain', value: 'X.example' }] });
    const judged = judge([PHISH], mailFactsOf('a@mail.x.example', dmarc('pass')), allow);
    expect(judged.score).toMatchObject({ verdict: 'clean', score: 0 });
    expect(judged.operator).toMatchObject({ without: { verdict: 'malicious', score: 80 } });
    expect(judged.score.findings.find(({ id }) => id === 'url.odd')).toMatchObject({ weight: 0, ownWeight: 80 });
    for (const authentication of [null, dmarc('fail'), dmarc('unknown')]) {
      const { score } = judge([PHISH], mailFactsOf('a@x.example', authentication), allow);
      expect(score.verdict).toBe('malicious');
      expect(score.findings.map(({ id }) => id)).toContain('operator.allow-unproven');
    }
    const bold = say({ allow: [{ kind: 'address', value: 'a@x.example', unauthenticated: true }] });
    expect(judge([PHISH], mailFactsOf('a@x.example'), bold).score.verdict).toBe('clean');
    expect(judge([PHISH], mailFactsOf('b@x.example'), bold).score.verdict).toBe('malicious');
  });

  test('never hides malware, and a block stands above an allow', () => {
    const allow = { allow: [{ kind: 'domain' as const, value: 'x.example', unauthenticated: true }] };
    const facts = mailFactsOf('a@x.example', null, ['evil.example']);
    expect(judge([PHISH, VIRUS], facts, say(allow)).score.score).toBe(60);
    const both = say({ ...allow, block: [{ kind: 'url-host', value: 'evil.example', category: 'phishing' }] });
    const { score } = judge([], facts, both);
    expect(score).toMatchObject({ verdict: 'malicious', category: 'phishing' });
    expect(score.findings[0]?.evidence).toEqual([{ where: 'block list', quote: 'url-host evil.example' }]);
  });

  test('that blocks a file or a hidden sender finds it', () => {
    const facts = mailFactsOf('a@x.example');
    expect(judge([], facts, say({ block: [{ kind: 'hash', value: FILE_HASH }] })).score.verdict).toBe('malicious');
    expect(judge([], facts, say({ block: [{ kind: 'hash', value: 'b'.repeat(64) }] })).score.verdict).toBe('clean');
  });

  test('that allows a host takes the weight of what speaks of nothing else', () => {
    const about = finding('url.free-host', 45, 'phishing', 'https://good.example/x');
    const mixed = finding('url.two', 45, 'phishing', 'https://good.example/ at https://evil.example/');
    const allow = say({ allow: [{ kind: 'url-host', value: 'good.example' }] });
    const { score } = judge([about, mixed], mailFactsOf('a@x.example', null, ['good.example']), allow);
    expect(Object.fromEntries(score.findings.map(({ id, weight }) => [id, weight]))).toMatchObject({
      'url.free-host': 0,
      'url.two': 45,
    });
  });

  test('gives weights and thresholds, and the report keeps what it was', () => {
    const { score, operator } = judge([PHISH], mailFactsOf('a@x.example'), say({ weights: { 'url.odd': 30 } }));
    expect(score).toMatchObject({ score: 30, verdict: 'clean' });
    expect(operator?.because).toEqual(['One finding weighs what the operator says']);
    expect(withoutSay(score.findings)).toMatchObject([{ id: 'url.odd', weight: 80 }]);
    const strict = say({ thresholds: { suspicious: 5, malicious: 20 } });
    expect(judge([finding('url.a', 25, 'phishing')], mailFactsOf('a@x.example'), strict).score.verdict).toBe(
      'malicious',
    );
    expect(judge([finding('url.a', 90, 'spam')], mailFactsOf('a@x.example'), strict).score.verdict).toBe('suspicious');
  });

  test('that trusts a sender eases soft evidence, never hard', () => {
    const trust = say({ trustedSenders: [{ kind: 'domain', value: 'x.example' }] });
    const of = (some: Finding[]) => judge(some, mailFactsOf('a@x.example', dmarc('pass')), trust).score.score;
    expect(of([finding('text.odd', 45, 'spam')])).toBeLessThan(25);
    expect(of([PHISH])).toBe(80);
  });

  test('protects own domains: what comes from outside in their name has to prove it', () => {
    const own = say({ ownDomains: ['own.example'] });
    const of = (authentication: Authentication | null) =>
      judge([], mailFactsOf('boss@own.example', authentication), own);
    expect(of(dmarc('fail')).score).toMatchObject({ verdict: 'malicious', category: 'phishing' });
    expect(of(dmarc('pass')).score.findings).toEqual([]);
    expect(of(null).score.verdict).toBe('clean');
  });

  test.each([
    ['acme-bank.evil.example', true],
    ['acme-bank-login.example', true],
    ['acme-bnak.example', true],
    ['acrne-bank.example', true],
    ['www.acme-bank.example', false],
    ['other.example', false],
  ])('protects own brands against hosts that look like them: %s', (host, isLike) => {
    const own = say({ brands: [{ name: 'Acme Bank', domains: ['acme-bank.example'] }] });
    const { score } = judge([], mailFactsOf('a@y.example', null, [host]), own);
    expect(score.findings.map(({ id }) => id)).toEqual(isLike ? ['operator.lookalike'] : []);
  });

  test('protects own brands against senders that call themselves so', () => {
    const own = say({ brands: [{ name: 'Acme Bank', domains: ['acme-bank.example'] }] });
    const of = (address: string, name: string) => judge([], mailFactsOf(address, dmarc('pass'), [], name), own).score;
    expect(of('x@evil.example', 'ACME-Bank Support')).toMatchObject({ verdict: 'suspicious', category: 'phishing' });
    expect(of('x@mail.acme-bank.example', 'Acme Bank').findings).toEqual([]);
    expect(of('x@evil.example', 'Acme Banking').findings).toEqual([]);
  });
});

test.each([
  [{ allow: [{ kind: 'domain', value: 'no domain' }] }, 'allow.0.value'],
  [{ block: [{ kind: 'hash', value: 'abc' }] }, 'block.0.value'],
  [{ thresholds: { suspicious: 80, malicious: 40 } }, 'thresholds'],
  [{ weights: { 'no id': 4 } }, 'weights.no id'],
  [{ blocks: [] }, ''],
  [{ brands: [{ name: 'A', domains: [] }] }, 'brands.0.name'],
])('a say with a fault is refused and the place named: %j', (wrong, path) => {
  const parsed = JudgementSay.safeParse(wrong);
  expect(parsed.error?.issues.map((issue) => issue.path.join('.'))).toContain(path);
});
