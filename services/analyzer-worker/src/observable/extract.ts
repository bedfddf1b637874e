import type { Indicators, ObservableScanInput } from '@sluice/contracts';
import type { IndicatorCollector } from '../mail/collector.ts';
import { createIndicatorCollector } from '../mail/collector.ts';
import { DEFAULT_MAIL_LIMITS } from '../mail/limits.ts';
import { normaliseUrl } from '../mail/urls.ts';

/**
 * What one URL, domain, address or hash stands for: itself and what follows from it (a URL's host and registrable domain, a
 * domain's registrable domain). A value that is not what its type says gives no indicators; it never throws.
 */
export function extractObservable(input: ObservableScanInput): Indicators {
  const collector = createIndicatorCollector(DEFAULT_MAIL_LIMITS);
  takeObservable(input, collector);
  return collector.result([]);
}

function takeObservable({ type, value }: ObservableScanInput, collector: IndicatorCollector): void {
  switch (type) {
    case 'url': {
      const url = normaliseUrl(value);
      if (url === null) return;
      collector.url(url, { mail: 0, where: 'input' }, 'input');
      if (url.registrableDomain !== null) collector.domain(url.registrableDomain, 'input');
      return;
    }
    case 'domain': {
      collector.domain(value, 'input');
      const registrable = collector.result([]).domains[0]?.registrableDomain;
      if (registrable) collector.domain(registrable, 'input');
      return;
    }
    case 'ip':
      return collector.ip(value, 'input');
    case 'hash':
      return takeHash(value.trim().toLowerCase(), collector);
  }
}

function takeHash(value: string, collector: IndicatorCollector): void {
  if (!/^[0-9a-f]+$/.test(value)) return;
  const none = { md5: null, sha1: null, sha256: null, fileName: null };
  if (value.length === 32) collector.hash({ ...none, md5: value });
  if (value.length === 40) collector.hash({ ...none, sha1: value });
  if (value.length === 64) collector.hash({ ...none, sha256: value });
}
