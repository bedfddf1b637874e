import type { IndicatorCheck } from './look.ts';
import { findingFrom, quoteOf } from './finding.ts';
import { isFollowed, isWeb } from './look.ts';

export const urlIpHost: IndicatorCheck = ({ urls, ips }) => {
  const publicIps = new Set(ips.filter((ip) => ip.scope === 'public').map((ip) => ip.ip));
  const hits = urls.filter(
    (url) => url.hostKind !== 'domain' && isWeb(url) && isFollowed(url) && publicIps.has(url.host),
  );
  return findingFrom({
    id: 'url.ip-host',
    severity: 'medium',
    weight: 40,
    category: 'phishing',
    title: 'A link leads to a bare IP address',
    explanation: 'Companies give their websites a name. A link to a number instead hides who runs the site.',
    evidence: hits.map((url) => quoteOf('url', url.url)),
  });
};
