import type { MailFacts, Owner } from '@sluice/judgement';
import { intentsOf } from '@sluice/judgement';
import type { FactCheck } from './look.ts';
import { findingFrom, quoteOf } from './finding.ts';

/** Where somebody leads who has no place at the company. */
const STRANGERS: ReadonlySet<Owner> = new Set(['other', 'cheap', 'free-host', 'shortener', 'content', 'address']);
const LURES = new Set([
  'credentials',
  'account-threat',
  'mailbox',
  'parcel',
  'payment',
  'refund',
  'prize',
  'wallet',
  'pressure',
]);
const MOST_LINKS = 50;

/** A company's own address in From is easily forged; a company that writes in its own name links to itself. */
export const brandStrays: FactCheck = (facts, { words, isList }) => {
  const strays = isList ? [] : straysOf(facts);
  const isLure = strays.length > 0 && luresIn(words);
  return findingFrom({
    id: 'sender.brand-leads-away',
    severity: isLure ? 'high' : 'medium',
    weight: isLure ? 60 : 45,
    category: 'phishing',
    title: 'The mail bears the address of a company, and none of its links leads there',
    explanation:
      'Anyone can write the address of a well-known company into a mail. What its links open belongs to somebody else.',
    evidence: strays,
  });
};

/** True for words that the names of companies are borrowed for. */
export function luresIn(words: string): boolean {
  return intentsOf(words).some(({ intent }) => LURES.has(intent));
}

function straysOf({ brands, links, fromAddress }: MailFacts) {
  const own = brands.find(({ isSender, where }) => isSender && (where === 'name' || where === 'subject'));
  const judged = links.filter(({ owner }) => owner !== 'common').slice(0, MOST_LINKS);
  if (own === undefined || judged.length === 0 || judged.some(({ owner }) => !STRANGERS.has(owner))) return [];
  const hosts = [...new Set(judged.map(({ host }) => host))];
  return hosts.map((host) => quoteOf('link', `${fromAddress} (${own.name}) → ${host}`));
}
