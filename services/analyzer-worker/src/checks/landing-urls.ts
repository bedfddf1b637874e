import type { Finding, Indicators, UrlIndicator } from '@sluice/contracts';
import { normaliseDomain, registrableDomain, unicodeDomain } from '../mail/domains.ts';
import { readIp } from '../mail/ips.ts';
import { normaliseUrl } from '../mail/urls.ts';
import { checkObservable } from './indicator-checks.ts';
import type { LandingCheck } from './landing-look.ts';
import { findingFrom, quoteOf } from './finding.ts';
import { isFollowed } from './look.ts';

/** Judges every URL that a chain went through like a link in the mail, but for those that the mail itself holds: they are judged with it. */
export const landingUrls: LandingCheck = ({ visits, indicators }) => {
  const known = new Set(indicators?.urls.filter(isFollowed).map(({ url }) => addressOf(url)));
  const passed = visits.flatMap(({ facts }) => [...facts.chain.map(({ url }) => url), facts.finalUrl]);
  const found = passed.filter((url) => !known.has(addressOf(url)));
  const opaque = passed.filter((url) => /^(?:data|blob|javascript):/i.test(url));
  return [...checkObservable(indicatorsOf(found)).map(asLanding), ...opaquePage(opaque)];
};

function asLanding(finding: Finding): Finding {
  return {
    ...finding,
    id: `landing.${finding.id.replaceAll('.', '-')}`,
    title: `${finding.title}, as following it shows`,
    explanation: `A link in the mail was followed, and this is about where it led. ${finding.explanation}`,
    evidence: finding.evidence.map(({ quote }) => ({ where: 'redirect', quote })),
  };
}

function opaquePage(urls: readonly string[]): Finding[] {
  return findingFrom({
    id: 'landing.opaque-page',
    severity: 'high',
    weight: 45,
    category: 'phishing',
    title: 'A link ends at a page that has no address',
    explanation: 'The last page was built inside the browser and comes from no website, so that no filter sees it.',
    evidence: urls.map((url) => quoteOf('redirect', url)),
  });
}

/** What the URLs stand for; their own queries wrap nothing here, because only where the chain really went counts. */
function indicatorsOf(urls: readonly string[]): Indicators {
  const found = [...new Set(urls)].flatMap((url): UrlIndicator[] => {
    const normal = normaliseUrl(url);
    return normal === null ? [] : [{ ...normal, places: [{ mail: 0, where: 'input' }], occurrences: 1 }];
  });
  const names = found.flatMap(({ host }) => normaliseDomain(host) ?? []);
  return {
    v: 1,
    urls: found,
    domains: [...new Set(names)].map((domain) => ({
      domain,
      unicode: unicodeDomain(domain),
      registrableDomain: registrableDomain(domain),
      sources: ['url'],
    })),
    ips: found.flatMap(({ host }) => {
      const ip = readIp(host);
      return ip === null ? [] : [{ ...ip, sources: ['url' as const] }];
    }),
    addresses: [],
    hashes: [],
    received: [],
    limits: [],
  };
}

function addressOf(url: string): string {
  return url.split('#', 1)[0] ?? url;
}
