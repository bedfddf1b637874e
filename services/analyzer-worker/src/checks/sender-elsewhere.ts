import { hostOfAddress } from '../mail/addresses.ts';
import { sameOwner } from '../mail/domains.ts';
import type { MailCheck } from './look.ts';
import { findingFrom, quoteOf } from './finding.ts';

/** Bulk senders and lists say so in their headers, and do this every day; for other mail it says a little. */
export const senderElsewhere: MailCheck = ({ mails }) => {
  const [outer] = mails;
  if (outer === undefined || outer.isBulk || outer.fromHost === null) return [];
  const { mail, fromHost } = outer;
  const isForeign = (address: string | undefined): boolean => {
    const host = hostOfAddress(address ?? '');
    return host !== null && !sameOwner(host, fromHost);
  };
  return [
    ...findingFrom({
      id: 'sender.sender-header-elsewhere',
      severity: 'low',
      weight: 8,
      title: 'The mail was sent by someone other than its author',
      explanation: 'The mail says that another address sent it for the one that is shown.',
      evidence: isForeign(mail.sender?.address) ? [quoteOf('sender', mail.sender?.address ?? '')] : [],
    }),
    ...findingFrom({
      id: 'sender.return-path-elsewhere',
      severity: 'info',
      weight: 5,
      title: 'Undeliverable mail goes back to another domain',
      explanation: 'The address for returned mail belongs to someone other than the sender that is shown.',
      evidence: isForeign(mail.returnPath ?? '') ? [quoteOf('return-path', mail.returnPath ?? '')] : [],
    }),
  ];
};
