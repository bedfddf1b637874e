import type { Evidence, Finding, JudgementSay } from '@sluice/contracts';
import { isOneEditApart } from './edit-distance.ts';
import { domainOf, isBelow, isProven, type SayFacts, sendersOf } from './say-facts.ts';
import { severityOf } from './say-severity.ts';
import { plainLetters } from './words.ts';

type Identity = Pick<JudgementSay, 'brands' | 'ownDomains'>;

const MIN_LABEL_CHARS = 4;
const MIN_TYPO_CHARS = 6;
const MOST_EVIDENCE = 5;
/** By what DMARC says of a mail that claims an own domain from outside. */
const FORGED_WEIGHTS = { fail: 75, softfail: 45, none: 45, unknown: 15 } as const;

/** Who uses the operator's own names, and is not the operator. */
export function identityFindings(say: Identity, facts: SayFacts): Finding[] {
  const own = [...say.ownDomains, ...say.brands.flatMap(({ domains }) => domains)];
  if (own.length === 0) return [];
  return [...forgedDomain(own, facts), ...borrowedName(say, facts, own), ...lookalikes(own, facts)];
}

function forgedDomain(own: readonly string[], facts: SayFacts): Finding[] {
  const [sender] = sendersOf(facts).filter((address) => own.some((domain) => isBelow(domainOf(address), domain)));
  if (sender === undefined || isProven(facts) || !isFromOutside(facts)) return [];
  const dmarc = facts.authentication?.dmarc ?? 'unknown';
  const weight = FORGED_WEIGHTS[dmarc === 'pass' ? 'unknown' : dmarc];
  const said = dmarc === 'fail' ? 'and it does not come from there' : 'and nothing proves that it comes from there';
  return [
    findingOf(
      'own-domain-forged',
      weight,
      'The mail comes from outside in the own name',
      [
        { where: 'from', quote: sender },
        { where: 'DMARC', quote: dmarc },
      ],
      `The mail says that it comes from an own domain, but it came in from outside, ${said}.`,
    ),
  ];
}

/** Mail of the own house has seen no public address. */
function isFromOutside({ indicators }: SayFacts): boolean {
  const open = new Set(indicators.ips.filter(({ scope }) => scope === 'public').map(({ ip }) => ip));
  return indicators.received.some(({ fromIp }) => fromIp !== null && open.has(fromIp));
}

function borrowedName({ brands }: Identity, facts: SayFacts, own: readonly string[]): Finding[] {
  if (facts.subject.kind !== 'mail') return [];
  const borrowed = facts.subject.from.flatMap(({ name, address }) => {
    const words = ` ${plainLetters(name)
      .replace(/[^\p{L}\p{N}]+/gu, ' ')
      .trim()} `;
    const brand = brands.find((each) =>
      words.includes(
        ` ${plainLetters(each.name)
          .replace(/[^\p{L}\p{N}]+/gu, ' ')
          .trim()} `,
      ),
    );
    const isOwn = own.some((domain) => isBelow(domainOf(address.toLowerCase()), domain));
    return brand === undefined || isOwn ? [] : [{ brand: brand.name, quote: `${name} <${address}>` }];
  });
  const [first] = borrowed;
  if (first === undefined) return [];
  return [
    findingOf(
      'brand-name',
      60,
      'The sender uses an own name',
      [{ where: 'brand', quote: first.brand }, ...borrowed.map(({ quote }) => ({ where: 'from', quote }))],
      'The sender calls itself by a name of the own house, but writes from a domain that does not belong to it.',
    ),
  ];
}

function lookalikes(own: readonly string[], facts: SayFacts): Finding[] {
  const hosts = [
    ...sendersOf(facts, true).map(domainOf),
    ...facts.indicators.urls.map(({ host }) => host.toLowerCase()),
  ];
  const evidence = [...new Set(hosts)].flatMap((host): Evidence[] => {
    if (own.some((domain) => isBelow(host, domain))) return [];
    const near = own.find((domain) => isLike(host, labelOf(domain)));
    return near === undefined ? [] : [{ where: `like ${near}`, quote: host }];
  });
  if (evidence.length === 0) return [];
  return [
    findingOf(
      'lookalike',
      50,
      'A domain looks like an own one',
      evidence,
      'A sender or a link uses a domain that is easily taken for one of the own house, and is none.',
    ),
  ];
}

function labelOf(domain: string): string {
  return domain.split('.')[0] ?? '';
}

/** The label under another ending, in front of another domain, with words around it, or with one slip of the finger. */
function isLike(host: string, label: string): boolean {
  if (label.length < MIN_LABEL_CHARS) return false;
  const wanted = skeletonOf(label);
  return host
    .split('.')
    .slice(0, -1)
    .some((other) => {
      const given = skeletonOf(other);
      if (given === wanted || `-${given}-`.includes(`-${wanted}-`)) return true;
      return label.length >= MIN_TYPO_CHARS && label[0] === other[0] && isOneEditApart(label, other);
    });
}

function skeletonOf(label: string): string {
  return plainLetters(label).replaceAll('rn', 'm').replaceAll('vv', 'w').replaceAll('0', 'o').replace(/[1i|]/g, 'l');
}

function findingOf(name: string, weight: number, title: string, evidence: Evidence[], explanation: string): Finding {
  return {
    id: `operator.${name}`,
    severity: severityOf(weight),
    weight,
    category: 'phishing',
    title,
    explanation,
    evidence: evidence.slice(0, MOST_EVIDENCE),
  };
}
