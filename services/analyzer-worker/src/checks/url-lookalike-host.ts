import { unicodeDomain } from '../mail/domains.ts';
import type { IndicatorCheck } from './look.ts';
import { findingFrom, quoteOf } from './finding.ts';

const SCRIPTS = [
  /\p{Script=Latin}/u,
  /\p{Script=Cyrillic}/u,
  /\p{Script=Greek}/u,
  /\p{Script=Armenian}/u,
  /\p{Script=Cherokee}/u,
];
/** Letters of other alphabets that look like Latin ones; a label made only of them passes for Latin. */
const LATIN_LIKE = /^[-0-9.аеорсухіјѕԁһӏԛԝɡαορνυικ]+$/u;

export const urlLookalikeHost: IndicatorCheck = ({ urls }) =>
  findingFrom({
    id: 'url.lookalike-host',
    severity: 'high',
    weight: 60,
    category: 'phishing',
    title: 'A link leads to a name written with lookalike letters',
    explanation:
      'The name of the site mixes letters of several alphabets that look the same, to pass for another site.',
    evidence: urls
      .filter((url) => url.host.includes('xn--') && hasLookalikeLabel(unicodeDomain(url.host)))
      .map((url) => quoteOf('url', `${unicodeDomain(url.host)} (${url.host})`)),
  });

function hasLookalikeLabel(host: string): boolean {
  return host.split('.').some((label) => {
    const scripts = SCRIPTS.filter((script) => script.test(label)).length;
    return scripts > 1 || (/\P{ASCII}/u.test(label) && LATIN_LIKE.test(label));
  });
}
