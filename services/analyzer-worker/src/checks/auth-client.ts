import type { ParsedMail } from '@sluice/contracts';
import { readIp } from '../mail/ips.ts';
import { readReceived } from '../mail/received.ts';

/** Who handed a mail in, as SPF asks for it. */
export type MailClient = { ip: string; helo: string; mailFrom: string };

/** Headers are looked at from the top; a trusted server's own stands among the first. */
const MAX_HOPS = 100;

/**
 * Who handed the mail to a trusted server, by the topmost Received header that names it after `by`. Null where there is none, where the mail
 * says no Return-Path, or where the address is not public: then the mail came from inside, and SPF says nothing of it.
 *
 * Anyone can write such a header, as anyone can write Authentication-Results: a trusted name is for fleets that see only mail which has passed that server.
 */
export function clientOf(mail: ParsedMail, trustedAuthservIds: readonly string[]): MailClient | null {
  const trusted = new Set(trustedAuthservIds.map((name) => name.toLowerCase()));
  if (trusted.size === 0 || mail.returnPath === null) return null;
  const values = mail.headers.filter(({ name }) => name === 'received').map(({ value }) => value);
  const hop = readReceived(values.slice(0, MAX_HOPS)).findLast(({ by }) => trusted.has(by?.toLowerCase() ?? ''));
  const ip = readIp(hop?.fromIp ?? '');
  if (ip === null || ip.scope !== 'public') return null;
  return { ip: ip.ip, helo: hop?.from ?? ip.ip, mailFrom: mail.returnPath };
}
