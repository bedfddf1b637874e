import { CACHE_NAMESPACES, ObservableKind, type Provider, ProviderAnswer } from '@sluice/contracts';
import type { Cache, Forgetful, Namespace } from '@sluice/fleet/cache';
import { hostTag } from '@sluice/fleet/resources';
import { z } from 'zod';
import type { BareResource } from './answer.ts';
import type { ProviderSettings } from './settings.ts';
import { Scan } from './urlscan-read.ts';

const STALE_SECONDS = 7 * 86_400;
const UNKNOWN_AT_VIRUSTOTAL_SECONDS = 3_600;
/** A scan that was begun is waited for again, instead of begun again, for so long. */
const SUBMITTED_SECONDS = 86_400;

/** Longer than a result waits for its slot, or its question for the failure desk. */
const FOUND_SECONDS = 900;

const Submitted = z.object({ scanId: z.string() });

/** Where answers are kept, and for how long. */
export function createNamespaces(settings: ProviderSettings, cache: Cache) {
  const answers = (
    name: keyof typeof CACHE_NAMESPACES,
    lifetimes: { hitSeconds: number; notFoundSeconds?: number },
  ): Namespace<ProviderAnswer> & Forgetful =>
    cache.namespace({
      name,
      version: CACHE_NAMESPACES[name].version,
      ...lifetimes,
      staleSeconds: STALE_SECONDS,
      tagsOf: (_value, resource) => tagsOf(resource),
      schema: ProviderAnswer,
    });
  const lookups: Record<Provider, Namespace<ProviderAnswer> & Forgetful> = {
    virustotal: answers('virustotal', {
      hitSeconds: settings.VIRUSTOTAL_TTL_SECONDS,
      notFoundSeconds: UNKNOWN_AT_VIRUSTOTAL_SECONDS,
    }),
    abuseipdb: answers('abuseipdb', { hitSeconds: settings.ABUSEIPDB_TTL_SECONDS }),
    urlscan: answers('urlscan', { hitSeconds: settings.URLSCAN_TTL_SECONDS }),
    shodan: answers('shodan', { hitSeconds: settings.SHODAN_TTL_SECONDS }),
    gemini: answers('gemini', { hitSeconds: settings.GEMINI_TTL_SECONDS }),
  };
  const visits = answers('urlscan-visit', { hitSeconds: settings.URLSCAN_TTL_SECONDS });
  const found = cache.namespace({
    name: 'urlscan-found',
    version: CACHE_NAMESPACES['urlscan-found'].version,
    hitSeconds: Math.min(FOUND_SECONDS, settings.URLSCAN_TTL_SECONDS),
    tagsOf: (_value, resource) => tagsOf(resource),
    schema: Scan,
  });
  return {
    lookups,
    visits,
    found,
    /** A tenant's own answers, when what it permits changes. What it has handed over stays noted, so that it is not handed over twice. */
    async forgetTenant(tenant: string): Promise<void> {
      const all: Forgetful[] = [...Object.values(lookups), visits, found];
      await Promise.all(all.map((namespace) => namespace.invalidateTenant(tenant)));
    },
    submitted: cache.namespace({
      name: 'urlscan-submitted',
      version: CACHE_NAMESPACES['urlscan-submitted'].version,
      hitSeconds: SUBMITTED_SECONDS,
      schema: Submitted,
    }),
  };
}

/** What answers about a resource are kept under. */
export const nameOf = ({ kind, value }: BareResource): string => `${kind}:${value}`;

/** None of what is no resource's: a mail's opinion, a visit. */
function tagsOf(name: string): string[] {
  const at = name.indexOf(':');
  const kind = ObservableKind.safeParse(name.slice(0, at));
  const tag = kind.success ? hostTag({ kind: kind.data, value: name.slice(at + 1) }) : null;
  return tag === null ? [] : [tag];
}
