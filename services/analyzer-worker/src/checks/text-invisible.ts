import type { MailCheck, MailLook } from './look.ts';
import { findingFrom, quoteOf } from './finding.ts';

/** Characters without width between two letters of scripts that have no use for them. */
const BETWEEN =
  /[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}][\u200b-\u200f\u2060-\u2064\u180e\ufeff]{1,20}[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}]/gu;
const MIN_COUNT = 3;
const MAX_SEARCHED_CHARS = 100_000;

export const textInvisible: MailCheck = ({ mails }) =>
  findingFrom({
    id: 'text.invisible-letters',
    severity: 'medium',
    weight: 30,
    category: 'phishing',
    title: 'Words are split by invisible characters',
    explanation:
      'Between the letters of words stand characters that nobody sees. They only serve to keep filters from reading.',
    evidence: mails.flatMap(placesOf),
  });

function placesOf({ mail, html }: MailLook) {
  const texts = { subject: mail.subject ?? '', text: mail.text ?? '', html: html?.text ?? '' };
  return Object.entries(texts).flatMap(([where, text]) => {
    const found = [...text.slice(0, MAX_SEARCHED_CHARS).matchAll(BETWEEN)];
    const [first] = found;
    const enough = where === 'subject' ? 1 : MIN_COUNT;
    return first === undefined || found.length < enough
      ? []
      : [quoteOf(where, text.slice(Math.max(0, first.index - 30), first.index + 30))];
  });
}
