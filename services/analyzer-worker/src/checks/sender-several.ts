import { hostOfAddress } from '../mail/addresses.ts';
import { sameOwner } from '../mail/domains.ts';
import type { MailCheck, MailLook } from './look.ts';
import { findingFrom, quoteOf } from './finding.ts';

/** Mail programs show one of several authors, filters may judge another. */
export const senderSeveral: MailCheck = ({ mails }) => {
  const hits = mails.slice(0, 1).filter((mail) => isTwice(mail) || namesStrangers(mail));
  const isList = hits.every((mail) => mail.isList);
  return findingFrom({
    id: 'sender.several-authors',
    severity: isList ? 'info' : 'low',
    weight: isList ? 4 : 20,
    title: 'The mail names several senders',
    explanation: 'A mail has one author. Several of them make mail programs show one and filters check another.',
    evidence: hits.map(({ mail }) =>
      quoteOf('from', mail.from.map(({ name, address }) => `${name} <${address}>`).join(', ')),
    ),
  });
};

function isTwice({ mail }: MailLook): boolean {
  return mail.headers.filter(({ name }) => name === 'from').length > 1;
}

function namesStrangers({ mail }: MailLook): boolean {
  const hosts = mail.from.flatMap(({ address }) => hostOfAddress(address) ?? []);
  return hosts.some((host) => !sameOwner(host, hosts[0] ?? host));
}
