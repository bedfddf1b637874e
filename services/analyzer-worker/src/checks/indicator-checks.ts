import type { Finding, Indicators } from '@sluice/contracts';
import { domainLookalike } from './domain-lookalike.ts';
import { ipNotPublic } from './ip-not-public.ts';
import type { IndicatorCheck } from './look.ts';
import { urlDataPage } from './url-data-page.ts';
import { urlFreeHost } from './url-free-host.ts';
import { urlHiddenDestination } from './url-hidden-destination.ts';
import { urlIpHost } from './url-ip-host.ts';
import { urlLookalikeHost } from './url-lookalike-host.ts';
import { urlUserinfo } from './url-userinfo.ts';

const INDICATOR_CHECKS: readonly IndicatorCheck[] = [
  urlIpHost,
  urlUserinfo,
  urlLookalikeHost,
  urlDataPage,
  urlFreeHost,
  urlHiddenDestination,
  domainLookalike,
  ipNotPublic,
];

/** What the offline checks notice in one URL, domain, address or hash. */
export function checkObservable(indicators: Indicators): Finding[] {
  return INDICATOR_CHECKS.flatMap((check) => check(indicators));
}
