import type { ParsedMail } from '@sluice/contracts';
import { hostOfAddress } from '../mail/addresses.ts';
import { normaliseDomain } from '../mail/domains.ts';
import { ownersOf } from './brands.ts';
import { isFreeMail } from './free-mail.ts';
import { isInfrastructure } from './hosts.ts';
import { isMailer } from './mailers.ts';

/** Suffixes under which a well-known name has no other owner; under newer ones anybody may have been quicker. */
const FIRM_SUFFIX =
  /\.(?:com|gov|(?:co|com|gov)\.[a-z]{2}|at|au|be|ca|ch|cz|de|dk|es|eu|fi|fr|ie|it|jp|nl|no|pl|pt|se|uk|us)$/;
const LINKED_HOST = /https?:\/\/([a-z0-9.-]{4,253})(?=[/?#:"'\s<>)]|$)/gi;
const MAX_SEARCHED_CHARS = 200_000;

/**
 * The well-known company whose address a mail bears and to which it leads: all that it names is the company's own, its mailer's or everybody's, and some of it the
 * company's own. Null for all others: passing authentication says who sent a mail, not that it is good.
 */
export function brandAtHome({ from, text, html }: ParsedMail): string | null {
  const host = normaliseDomain(hostOfAddress(from[0]?.address ?? '') ?? '');
  if (host === null || from.length !== 1 || isFreeMail(host) || !FIRM_SUFFIX.test(host)) return null;
  const owners = ownersOf(host);
  const source = `${text ?? ''}\n${html ?? ''}`.slice(0, MAX_SEARCHED_CHARS);
  const hosts = new Set(Array.from(source.matchAll(LINKED_HOST), ([, linked = '']) => linked.toLowerCase()));
  const isOwn = (linked: string) => ownersOf(linked).some((brand) => owners.includes(brand));
  const own = [...hosts].filter(isOwn);
  const isAtHome = [...hosts].every((linked) => isOwn(linked) || isMailer(linked) || isInfrastructure(linked));
  return isAtHome && own.length > 0 ? (owners[0]?.name ?? null) : null;
}
