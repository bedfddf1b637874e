import type { Indicators } from '@sluice/contracts';
import { hostOfAddress } from '../mail/addresses.ts';
import type { BrandLookalike } from './brand-lookalike.ts';
import { brandLookalike } from './brand-lookalike.ts';
import { findingFrom, quoteOf } from './finding.ts';
import type { IndicatorCheck } from './look.ts';
import { isFollowed, isWeb } from './look.ts';

const WEIGHTS: Record<BrandLookalike['how'], number> = { letters: 55, embedded: 55, 'added-words': 45, typo: 40 };

export const domainLookalike: IndicatorCheck = (indicators) => {
  const hits = hostsOf(indicators).flatMap((host) => {
    const found = brandLookalike(host);
    return found === null ? [] : [{ host, ...found }];
  });
  const weight = Math.max(0, ...hits.map(({ how }) => WEIGHTS[how]));
  return findingFrom({
    id: 'domain.brand-lookalike',
    severity: weight > 45 ? 'high' : 'medium',
    weight,
    category: 'phishing',
    title: 'A name is made to look like that of a well-known company',
    explanation: 'The address resembles that of a well-known company, but somebody else owns it.',
    evidence: hits.map(({ host, brand }) => quoteOf('domain', `${host} resembles ${brand}`)),
  });
};

/** Where a person may go or answer, and what was asked about. */
function hostsOf({ urls, domains, addresses }: Indicators): string[] {
  const linked = urls
    .filter((url) => url.hostKind === 'domain' && isWeb(url) && isFollowed(url))
    .map(({ host }) => host);
  const asked = domains.filter(({ sources }) => sources.includes('input')).map(({ domain }) => domain);
  const senders = addresses
    .filter(({ roles }) => roles.includes('from') || roles.includes('reply-to'))
    .flatMap(({ address }) => hostOfAddress(address) ?? []);
  return [...new Set([...linked, ...asked, ...senders])];
}
