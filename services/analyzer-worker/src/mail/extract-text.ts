import type { Place } from '@sluice/contracts';
import type { IndicatorCollector } from './collector.ts';
import { DEFANGED, refang } from './defang.ts';
import { findIps } from './ips.ts';
import type { MailLimits } from './limits.ts';
import { markedWords, scanText } from './text.ts';
import { normaliseUrl } from './urls.ts';

/** Takes links, addresses, domains and IP addresses from text that a person reads, defanged ones too. */
export function extractFromText(text: string, place: Place, collector: IndicatorCollector, limits: MailLimits): void {
  const live = refang(text);
  const words = markedWords(live);
  const finds = scanText(words, limits.maxUrls);
  const links = live === text ? null : new Set(scanText(markedWords(text), limits.maxUrls).urls);
  for (const raw of finds.urls) {
    const url = normaliseUrl(raw);
    const isLink = links === null || links.has(raw);
    if (url !== null) collector.url(url, isLink ? place : { ...place, label: DEFANGED });
  }
  for (const address of finds.addresses) collector.address(address, '', 'body');
  for (const domain of finds.domains) collector.domain(domain, 'text');
  for (const { ip } of findIps(words, limits.maxIndicators)) collector.ip(ip, 'text');
}
