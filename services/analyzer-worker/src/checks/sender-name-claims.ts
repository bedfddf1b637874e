import type { MailAddress } from '@sluice/contracts';
import { normaliseDomain, registrableDomain, sameOwner } from '../mail/domains.ts';
import type { MailCheck, MailLook } from './look.ts';
import { findingFrom, quoteOf } from './finding.ts';

const NAMED_DOMAIN = /(?:^|[\s"'(<@/])((?:[a-z0-9-]{1,63}\.){1,5}[a-z]{2,24})(?=$|[\s"')>,/])/gi;

export const senderNameClaims: MailCheck = ({ mails }) => {
  const hits = mails
    .filter((mail) => !mail.isList)
    .flatMap((mail) => mail.mail.from.slice(0, 5).filter((from) => claimsOther(from, mail)));
  const hasAddress = hits.some((from) => from.name.includes('@'));
  return findingFrom({
    id: 'sender.name-claims-other',
    severity: hasAddress ? 'medium' : 'low',
    weight: hasAddress ? 35 : 12,
    category: 'phishing',
    title: "The sender's name shows another address",
    explanation:
      'Mail programs show the name before the real address. This name contains an address or website that is not the sender’s.',
    evidence: hits.map((from) => quoteOf('from', `${from.name} <${from.address}>`)),
  });
};

function claimsOther(from: MailAddress, { fromHost }: MailLook): boolean {
  if (fromHost === null) return false;
  return [...from.name.slice(0, 300).matchAll(NAMED_DOMAIN)].some(([, name = '']) => {
    const domain = normaliseDomain(name);
    return domain !== null && registrableDomain(domain) !== null && !sameOwner(domain, fromHost);
  });
}
