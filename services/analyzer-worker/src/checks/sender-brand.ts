import { luresIn } from './brand-strays.ts';
import { brandsIn, ownsHost } from './brands.ts';
import type { MailCheck, MailLook } from './look.ts';
import { asSeen } from './lookalikes.ts';
import { findingFrom, quoteOf } from './finding.ts';

/** Alone it makes no mail suspicious: firms let others write for them. */
const WEIGHT = 35;
/** With what such names are borrowed for. */
const WEIGHT_OF_LURE = 45;

export const senderBrand: MailCheck = ({ mails }) => {
  const hits = mails.filter(borrowsBrand);
  const isList = hits.every((mail) => mail.isList);
  const isLure = hits.some(({ words }) => luresIn(words));
  return findingFrom({
    id: 'sender.brand-name',
    severity: isList ? 'low' : 'medium',
    weight: isList ? 15 : isLure ? WEIGHT_OF_LURE : WEIGHT,
    category: 'phishing',
    title: 'The sender uses the name of a well-known company',
    explanation:
      'The sender calls itself like a well-known company, but the mail does not come from an address of that company.',
    evidence: hits.map(({ mail }) => quoteOf('from', `${mail.from[0]?.name ?? ''} <${mail.from[0]?.address ?? ''}>`)),
  });
};

function borrowsBrand({ mail, fromHost }: MailLook): boolean {
  const brands = brandsIn(asSeen((mail.from[0]?.name ?? '').slice(0, 200)));
  if (brands.length === 0 || !mail.from[0]?.address.includes('@')) return false;
  return fromHost === null || !brands.some((brand) => ownsHost(brand, fromHost));
}
