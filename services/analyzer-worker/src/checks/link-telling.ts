import type { Place, UrlIndicator } from '@sluice/contracts';
import { sameOwner } from '../mail/domains.ts';
import { readIp } from '../mail/ips.ts';
import { brandLookalike } from './brand-lookalike.ts';
import { hasCheapSuffix, hostsCustomers, isFreeHost } from './hosts.ts';
import { shownDomain } from './link-text-mismatch.ts';

/** Names in a link that phishing pages are found under, more than others. */
const LURING_PATH =
  /(?:log-?in|sign-?in|verif|account|secure|update|webmail|wallet|password|invoice|wp-(?:content|includes|admin)|\.php|owa|office365|auth)/i;
const ADDRESS_INSIDE = /[a-z0-9_](?:@|%40)[a-z0-9-]{1,63}\.[a-z]{2}/i;

/**
 * How much a link looks like one that a phisher wants clicked, its host apart: 0 for ordinary ones. For the order of visits only; what is wrong
 * with a link is for the checks to say.
 */
export function linkTellingness(url: UrlIndicator): number {
  const parsed = URL.parse(url.url);
  if (parsed === null) return 0;
  const tail = `${parsed.pathname}${parsed.search}${parsed.hash}`;
  return (
    (parsed.username !== '' ? 3 : 0) +
    (parsed.port !== '' ? 2 : 0) +
    (url.places.some((place) => showsOther(place, url.host)) ? 3 : 0) +
    (ADDRESS_INSIDE.test(tail.slice(0, 2048)) ? 2 : 0) +
    (LURING_PATH.test(tail.slice(0, 512)) ? 1 : 0) +
    (url.places.some(({ where }) => where === 'html-form' || where === 'html-refresh') ? 2 : 0)
  );
}

/** The same of a host alone. */
export function hostTellingness(host: string): number {
  if (readIp(host) !== null) return 3;
  return (
    (brandLookalike(host) !== null ? 4 : 0) +
    (/(?:^|\.)xn--/.test(host) ? 3 : 0) +
    (isFreeHost(host) ? 1 : 0) +
    (hostsCustomers(host) ? 1 : 0) +
    (hasCheapSuffix(host) ? 2 : 0) +
    (host.split('.').length > 4 ? 1 : 0)
  );
}

function showsOther({ where, label }: Place, host: string): boolean {
  const shown = where === 'html-link' ? shownDomain(label ?? '') : null;
  return shown !== null && !sameOwner(shown, host);
}
