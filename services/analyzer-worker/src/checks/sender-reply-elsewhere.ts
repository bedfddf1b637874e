import { hostOfAddress } from '../mail/addresses.ts';
import { sameOwner } from '../mail/domains.ts';
import { isFreeMail } from './free-mail.ts';
import { sendsForOthers } from './mailers.ts';
import type { MailCheck, MailLook } from './look.ts';
import { findingFrom, quoteOf } from './finding.ts';

export const senderReplyElsewhere: MailCheck = ({ mails }) => {
  const hits = mails.filter((mail) => !mail.isList).flatMap(repliesOf);
  const toFreeMail = hits.some((hit) => !hit.isAuthors && isFreeMail(hit.replyHost));
  const isUsual = hits.every((hit) => hit.isAuthors || hit.isCustomers);
  return findingFrom({
    id: 'sender.reply-elsewhere',
    severity: toFreeMail ? 'medium' : isUsual ? 'info' : 'low',
    weight: toFreeMail ? 30 : isUsual ? 5 : 12,
    category: 'scam',
    title: 'Replies go to somebody else',
    explanation: 'An answer to this mail would not go to the sender that it shows, but to an address elsewhere.',
    evidence: hits.map((hit) => quoteOf('reply-to', `${hit.from} → ${hit.replyTo}`)),
  });
};

/**
 * `isAuthors`: a list sends in the name of its authors (`Anna via list`), and answers go to them; anyone can write it so. `isCustomers`: a platform
 * sends for a shop, and answers go there.
 */
type Hit = { from: string; replyTo: string; replyHost: string; isAuthors: boolean; isCustomers: boolean };

function repliesOf({ mail, fromHost }: MailLook): Hit[] {
  if (fromHost === null) return [];
  const author = authorOf(mail.from[0]?.name ?? '');
  return mail.replyTo.flatMap(({ address, name }) => {
    const replyHost = hostOfAddress(address);
    if (replyHost === null || sameOwner(replyHost, fromHost)) return [];
    return [
      {
        from: mail.from[0]?.address ?? '',
        replyTo: address,
        replyHost,
        isAuthors: author !== undefined && name === author,
        isCustomers: sendsForOthers(fromHost) && !isFreeMail(replyHost),
      },
    ];
  });
}

/** In whose name a list sends, by the sender that it shows (`Anna via list`); undefined for other senders. */
export function authorOf(fromName: string): string | undefined {
  return /^(.{3,200}) via \S/i.exec(fromName)?.[1];
}
