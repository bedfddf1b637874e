import type { MailCheck, MailLook } from './look.ts';
import { findingFrom, quoteOf } from './finding.ts';

const LETTER = String.raw`[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}]`;
/** Soft hyphens are not among them: honest mail divides long words with them. Alternatives, because some of them join with their neighbours. */
const WITHOUT_WIDTH = String.raw`(?:\u034f|\u180e|[\u200b-\u200f]|[\u2060-\u2064]|[\ufe00-\ufe0f]|\ufeff|[\u{e0000}-\u{e01ef}])`;
/** Between two letters of scripts that have no use for them. */
const BETWEEN = new RegExp(`${LETTER}${WITHOUT_WIDTH}{1,20}(?=${LETTER})`, 'gu');
const MIN_COUNT = 3;
const MAX_SEARCHED_CHARS = 100_000;
/** What every mail program shows in its list; names and subjects are typed, not typeset. */
const IN_THE_LIST = new Set(['from', 'subject']);

export const textInvisible: MailCheck = ({ mails }) => {
  const evidence = mails.flatMap(placesOf);
  const isTyped = evidence.some(({ where }) => IN_THE_LIST.has(where));
  return findingFrom({
    id: 'text.invisible-letters',
    severity: isTyped ? 'high' : 'medium',
    weight: isTyped ? 55 : 30,
    category: 'phishing',
    title: 'Words are split by invisible characters',
    explanation:
      'Between the letters of words stand characters that nobody sees. They only serve to keep filters from reading.',
    evidence,
  });
};

function placesOf({ mail, plain, html }: MailLook) {
  const texts = { from: mail.from[0]?.name ?? '', subject: mail.subject ?? '', text: plain, html: html?.text ?? '' };
  return Object.entries(texts).flatMap(([where, text]) => {
    const found = [...text.slice(0, MAX_SEARCHED_CHARS).matchAll(BETWEEN)];
    const [first] = found;
    const enough = IN_THE_LIST.has(where) ? 2 : MIN_COUNT;
    return first === undefined || found.length < enough
      ? []
      : [quoteOf(where, text.slice(Math.max(0, first.index - 30), first.index + 30))];
  });
}
