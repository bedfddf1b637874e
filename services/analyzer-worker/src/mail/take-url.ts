import type { Place } from '@sluice/contracts';
import type { IndicatorCollector } from './collector.ts';
import { mimecastDomain } from './unwrap/mimecast.ts';
import { unwrapUrl } from './unwrap/index.ts';
import type { NormalUrl } from './urls.ts';
import { normaliseUrl } from './urls.ts';

/** Takes the link and, at the same place, every destination that it wraps; the label names the wrapper's host. */
export function takeUrl(
  collector: IndicatorCollector,
  url: NormalUrl,
  place: Place,
  source: 'url' | 'input' = 'url',
): void {
  collector.url(url, place, source);
  const site = mimecastDomain(url.url);
  if (site !== null) collector.domain(site, 'url');
  let wrapperHost = url.host;
  for (const step of unwrapUrl(url.url)) {
    const target = normaliseUrl(step.url);
    if (target === null) return;
    collector.url(target, { ...place, label: `unwrapped from ${wrapperHost}`.slice(0, 200) });
    wrapperHost = target.host;
  }
}
