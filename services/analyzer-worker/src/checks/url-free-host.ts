import type { IndicatorCheck } from './look.ts';
import { findingFrom, quoteOf } from './finding.ts';
import { isFreeHost, isShortener } from './hosts.ts';
import { isFollowed, isWeb } from './look.ts';

export const urlFreeHost: IndicatorCheck = ({ urls }) =>
  findingFrom({
    id: 'url.free-host',
    severity: 'low',
    weight: 15,
    title: 'A link leads to a free page or a short link',
    explanation: 'The link leads to a service where anyone can put up a page or hide an address behind a short one.',
    evidence: urls
      .filter((url) => isWeb(url) && isFollowed(url) && (isFreeHost(url.host) || isShortener(url.host)))
      .map((url) => quoteOf('url', url.url)),
  });
