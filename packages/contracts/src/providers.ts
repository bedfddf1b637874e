import { z } from 'zod';
import { Harm } from './findings.ts';
import { knownOrNone } from './growing.ts';
import { type ObservableKind, Resource } from './resources.ts';

/** Third parties that are asked for an opinion. */
export const PROVIDERS = ['virustotal', 'abuseipdb', 'urlscan', 'shodan', 'gemini'] as const;
export const Provider = z.enum(PROVIDERS);
export type Provider = z.infer<typeof Provider>;

/** As people write them. */
export const PROVIDER_NAMES: Readonly<Record<Provider, string>> = {
  virustotal: 'VirusTotal',
  abuseipdb: 'AbuseIPDB',
  urlscan: 'urlscan.io',
  shodan: 'Shodan',
  gemini: 'Gemini',
};

/** Which kinds of resource a provider is asked about by a lookup; Gemini is asked about the mail as a whole. */
export const LOOKUP_KINDS: Readonly<Record<Provider, readonly ObservableKind[]>> = {
  virustotal: ['url', 'domain', 'ip', 'hash'],
  abuseipdb: ['ip'],
  urlscan: ['url', 'domain'],
  shodan: ['ip'],
  gemini: [],
};

/** `none`: the provider says something, but neither good nor bad. */
export const Opinion = z.enum(['malicious', 'suspicious', 'harmless', 'none']);
export type Opinion = z.infer<typeof Opinion>;

/** A document: what a provider says of a resource, or of the mail as a whole. Plain text; nothing in it is markup. */
export const ProviderAnswer = z.object({
  v: z.literal(1),
  provider: Provider,
  /** Null: the mail as a whole. */
  resource: Resource.omit({ id: true }).nullable(),
  /** False: the provider has never seen the resource; then it has no opinion. */
  isKnown: z.boolean(),
  opinion: Opinion,
  /** By the provider's own measure, 0 (good) to 100 (bad); null where it has none. */
  score: z.number().min(0).max(100).nullable(),
  category: knownOrNone(Harm),
  /** One sentence for a person. */
  summary: z.string().max(500),
  facts: z.array(z.object({ name: z.string().max(60), value: z.string().max(300) })).max(40),
  /** The provider's page for people, without a key in it. */
  link: z.string().nullable(),
  /** ISO 8601. */
  askedAt: z.string(),
});
export type ProviderAnswer = z.infer<typeof ProviderAnswer>;

/** Where an answer came from: this call (`fresh`), a call of another worker that was under way, a tier of the cache, or a cache entry that outlived its time because asking failed. */
export const AnswerSource = z.enum(['fresh', 'joined', 'memory', 'redis', 'stale']);
export type AnswerSource = z.infer<typeof AnswerSource>;
