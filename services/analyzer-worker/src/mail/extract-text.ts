import type { Place } from '@sluice/contracts';
import type { IndicatorCollector } from './collector.ts';
import { findIps } from './ips.ts';
import type { MailLimits } from './limits.ts';
import { scanText } from './text.ts';
import { normaliseUrl } from './urls.ts';

/** Takes links, addresses, domains and IP addresses from text that a person reads. */
export function extractFromText(text: string, place: Place, collector: IndicatorCollector, limits: MailLimits): void {
  const finds = scanText(text, limits.maxUrls);
  for (const raw of finds.urls) {
    const url = normaliseUrl(raw);
    if (url !== null) collector.url(url, place);
  }
  for (const address of finds.addresses) collector.address(address, '', 'body');
  for (const domain of finds.domains) collector.domain(domain, 'text');
  for (const { ip } of findIps(text, limits.maxIndicators)) collector.ip(ip, 'text');
}
