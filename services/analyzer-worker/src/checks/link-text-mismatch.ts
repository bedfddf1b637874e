import type { Evidence, UrlIndicator } from '@sluice/contracts';
import { normaliseDomain, registrableDomain, sameOwner } from '../mail/domains.ts';
import { unwrapUrl } from '../mail/unwrap/index.ts';
import type { Look, MailCheck } from './look.ts';
import { findingFrom, quoteOf } from './finding.ts';
import { isWeb } from './look.ts';
import { isMailer } from './mailers.ts';

const SHOWN_ADDRESS =
  /^(?:https?:\/\/)?([a-z0-9\u0080-\uffff-]{1,63}(?:\.[a-z0-9\u0080-\uffff-]{1,63}){1,8})(?::\d{1,5})?(?:[/?#]\S*)?$/i;

export const linkTextMismatch: MailCheck = (look) => {
  const hits = look.indicators.urls.flatMap((url) => mismatchesOf(url, look));
  const isTracked = hits.every((hit) => hit.isSenders);
  return findingFrom({
    id: 'link.text-mismatch',
    severity: isTracked ? 'low' : 'medium',
    weight: isTracked ? 10 : 35,
    category: 'phishing',
    title: 'A link shows one address and leads to another',
    explanation: 'The words of the link name one website, but a click opens a different one.',
    evidence: hits.map((hit) => hit.evidence),
  });
};

/** Newsletters show their own address and count the click at their mailer's; that says less, though a sender can be forged. */
function mismatchesOf(url: UrlIndicator, look: Look): { evidence: Evidence; isSenders: boolean }[] {
  if (!isWeb(url) || url.places.every((place) => place.where !== 'html-link')) return [];
  const destinations = destinationsOf(url);
  return url.places.flatMap((place) => {
    const shown = place.where === 'html-link' ? shownDomain(place.label ?? '') : null;
    if (shown === null || destinations.some((host) => sameOwner(shown, host))) return [];
    const mail = look.mails[place.mail];
    const fromHost = mail?.fromHost ?? null;
    const isSenders =
      mail?.isList === true ||
      isMailer(url.host) ||
      (fromHost !== null && (sameOwner(shown, fromHost) || sameOwner(url.host, fromHost)));
    return [{ evidence: quoteOf('html', `${place.label ?? ''} → ${url.url}`), isSenders }];
  });
}

/** Behind gateways and link pages the last host counts; a site that redirects within a query is a destination itself too. */
function destinationsOf(url: UrlIndicator): string[] {
  const chain = unwrapUrl(url.url);
  const last = chain.at(-1);
  const host = last === undefined ? url.host : (URL.parse(last.url)?.hostname ?? url.host);
  return chain.every(({ by }) => by === 'redirector') ? [host, url.host] : [host];
}

/** The domain that a link shows in its words; null where they are no address. */
export function shownDomain(label: string): string | null {
  const match = SHOWN_ADDRESS.exec(label.trim());
  const domain = match?.[1] === undefined ? null : normaliseDomain(match[1]);
  return domain !== null && registrableDomain(domain) !== null ? domain : null;
}
