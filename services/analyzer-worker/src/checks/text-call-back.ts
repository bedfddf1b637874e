import { intentsOf } from '@sluice/judgement';
import type { FactCheck } from './look.ts';
import { findingFrom, quoteOf } from './finding.ts';

/** A telephone number, as people write it: in groups. */
export const PHONE_NUMBER = String.raw`\+?(?:\d{1,3}[ .-]{0,2})?\(?\d{3}\)?[ .-]{1,2}\d{3}[ .-]{1,2}\d{4}(?!\d)`;
/** A number beside a word for being helped there, on either side of it. */
const HELP_NUMBER = new RegExp(
  String.raw`(?:call|phone|dial|contact|reach|support|assist\w*|help\s?(?:line|desk)?|toll.?free|service (?:line|desk))[^\d]{0,40}${PHONE_NUMBER}`,
  'i',
);
const CHARGES = new Set(['renewal', 'invoice', 'payment', 'refund']);

/** Who sends a real invoice has a website; a false one has a telephone number only, so that nothing can be examined. */
export const textCallBack: FactCheck = ({ fromOwner, links, text, subject }, { words, isList }) => {
  const isAtHome = links.some(({ owner }) => owner === 'own' || owner === 'kin' || owner === 'mailer');
  if (isList || isAtHome || fromOwner === 'brand') return [];
  const number = HELP_NUMBER.exec(`${subject}\n${text}`)?.[0];
  const charge = intentsOf(words).find(({ intent }) => CHARGES.has(intent));
  if (number === undefined || charge === undefined) return [];
  return findingFrom({
    id: 'text.call-back',
    severity: 'medium',
    weight: 40,
    category: 'scam',
    title: 'The mail names a charge and a number to call about it',
    explanation:
      'Invented invoices and renewals make their reader call; whoever answers asks for card data or for access to the computer.',
    evidence: [quoteOf('text', charge.quotes[0] ?? ''), quoteOf('text', number)],
  });
};
