import { CACHE_NAMESPACES, type Provider, ProviderAnswer } from '@sluice/contracts';
import type { Cache, Forgetful, Namespace } from '@sluice/fleet/cache';
import { z } from 'zod';
import type { ProviderSettings } from './settings.ts';

const STALE_SECONDS = 7 * 86_400;
const UNKNOWN_AT_VIRUSTOTAL_SECONDS = 3_600;
/** A scan that was begun is waited for again, instead of begun again, for so long. */
const SUBMITTED_SECONDS = 86_400;

const Submitted = z.object({ scanId: z.string() });

/** Where answers are kept, and for how long. */
export function createNamespaces(settings: ProviderSettings, cache: Cache) {
  const answers = (
    name: keyof typeof CACHE_NAMESPACES,
    hitSeconds: number,
    notFoundSeconds = hitSeconds / 4,
  ): Namespace<ProviderAnswer> & Forgetful =>
    cache.namespace({
      name,
      version: CACHE_NAMESPACES[name].version,
      hitSeconds,
      notFoundSeconds,
      staleSeconds: STALE_SECONDS,
      schema: ProviderAnswer,
    });
  const lookups: Record<Provider, Namespace<ProviderAnswer> & Forgetful> = {
    virustotal: answers('virustotal', settings.VIRUSTOTAL_TTL_SECONDS, UNKNOWN_AT_VIRUSTOTAL_SECONDS),
    abuseipdb: answers('abuseipdb', settings.ABUSEIPDB_TTL_SECONDS),
    urlscan: answers('urlscan', settings.URLSCAN_TTL_SECONDS),
    shodan: answers('shodan', settings.SHODAN_TTL_SECONDS),
    gemini: answers('gemini', settings.GEMINI_TTL_SECONDS),
  };
  const visits = answers('urlscan-visit', settings.URLSCAN_TTL_SECONDS);
  return {
    lookups,
    visits,
    /** A tenant's own answers, when what it permits changes. What it has handed over stays noted, so that it is not handed over twice. */
    async forgetTenant(tenant: string): Promise<void> {
      await Promise.all([...Object.values(lookups), visits].map((namespace) => namespace.invalidateTenant(tenant)));
    },
    submitted: cache.namespace({
      name: 'urlscan-submitted',
      version: CACHE_NAMESPACES['urlscan-submitted'].version,
      hitSeconds: SUBMITTED_SECONDS,
      notFoundSeconds: 1,
      staleSeconds: 0,
      schema: Submitted,
    }),
  };
}
