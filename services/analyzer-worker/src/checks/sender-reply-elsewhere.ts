import { hostOfAddress } from '../mail/addresses.ts';
import { sameOwner } from '../mail/domains.ts';
import { isFreeMail } from './free-mail.ts';
import type { MailCheck, MailLook } from './look.ts';
import { findingFrom, quoteOf } from './finding.ts';

export const senderReplyElsewhere: MailCheck = ({ mails }) => {
  const hits = mails.filter((mail) => !mail.isList).flatMap(repliesOf);
  const toFreeMail = hits.some((hit) => isFreeMail(hit.replyHost));
  return findingFrom({
    id: 'sender.reply-elsewhere',
    severity: toFreeMail ? 'medium' : 'low',
    weight: toFreeMail ? 30 : 12,
    category: 'scam',
    title: 'Replies go to somebody else',
    explanation: 'An answer to this mail would not go to the sender that it shows, but to an address elsewhere.',
    evidence: hits.map((hit) => quoteOf('reply-to', `${hit.from} → ${hit.replyTo}`)),
  });
};

type Hit = { from: string; replyTo: string; replyHost: string };

function repliesOf({ mail, fromHost }: MailLook): Hit[] {
  if (fromHost === null) return [];
  return mail.replyTo.flatMap(({ address }) => {
    const replyHost = hostOfAddress(address);
    if (replyHost === null || sameOwner(replyHost, fromHost)) return [];
    return [{ from: mail.from[0]?.address ?? '', replyTo: address, replyHost }];
  });
}
