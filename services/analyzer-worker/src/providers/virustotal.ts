import type { Opinion, ProviderAnswer } from '@sluice/contracts';
import { z } from 'zod';
import { answerOf, type BareResource, type Said } from './answer.ts';
import type { Client, ClientConfig } from './client.ts';
import type { Failure } from './faults.ts';
import type { Question } from './http.ts';
import { isoDate } from './plain.ts';

/**
 * VirusTotal's API v3: https://docs.virustotal.com/reference/overview. Objects of all kinds have `last_analysis_stats` and `last_analysis_results`;
 * everything else may be missing.
 */

const MALICIOUS_ENGINES = 3;
const SUSPICIOUS_ENGINES = 2;
const NAMED_ENGINES = 10;
/** A quota that is exceeded though ours held is most likely the day's or the month's: asking every minute would only add to it. */
const QUOTA_REST_MS = 15 * 60_000;

const count = z.number().min(0).optional();
const epochSeconds = z.number().optional();

const Attributes = z.object({
  last_analysis_stats: z.object({
    malicious: z.number().min(0),
    suspicious: count,
    harmless: count,
    undetected: count,
  }),
  last_analysis_results: z
    .record(z.string(), z.object({ category: z.string(), result: z.string().nullish() }))
    .optional(),
  last_analysis_date: epochSeconds,
  first_submission_date: epochSeconds,
  creation_date: epochSeconds,
  reputation: z.number().optional(),
  categories: z.record(z.string(), z.string()).optional(),
  popular_threat_classification: z.object({ suggested_threat_label: z.string().optional() }).optional(),
  threat_names: z.array(z.string()).optional(),
  tags: z.array(z.string()).optional(),
  type_description: z.string().optional(),
  meaningful_name: z.string().optional(),
  as_owner: z.string().optional(),
  country: z.string().optional(),
  registrar: z.string().optional(),
});
type Attributes = z.infer<typeof Attributes>;
const Reply = z.object({ data: z.object({ attributes: Attributes }) });

const COLLECTIONS = { url: 'urls', domain: 'domains', ip: 'ip_addresses', hash: 'files' } as const;
const PAGES = { url: 'url', domain: 'domain', ip: 'ip-address', hash: 'file' } as const;

/** The id of a URL is its base64url without padding (docs.virustotal.com/reference/url). */
function virusTotalId({ kind, value }: BareResource): string {
  return kind === 'url' ? Buffer.from(value).toString('base64url') : encodeURIComponent(value);
}

function virusTotalQuestion(baseUrl: string, apiKey: string, resource: BareResource): Question {
  const url = new URL(`${baseUrl}/${COLLECTIONS[resource.kind]}/${virusTotalId(resource)}`);
  return { url, headers: { 'x-apikey': apiKey } };
}

/** Throws a ZodError on what is no answer of VirusTotal. */
export function readVirusTotal(resource: BareResource, json: unknown, nowMs: number): ProviderAnswer {
  const { attributes } = Reply.parse(json).data;
  const { malicious, suspicious = 0, harmless = 0, undetected = 0 } = attributes.last_analysis_stats;
  const engines = malicious + suspicious + harmless + undetected;
  const said: Said = {
    opinion: opinionOf(malicious, suspicious, harmless),
    score: engines === 0 ? null : Math.round((100 * (malicious + suspicious)) / engines),
    summary: summaryOf(malicious, suspicious, engines),
    facts: [
      ['Engines: malicious', malicious],
      ['Engines: suspicious', suspicious],
      ['Engines: harmless', harmless],
      ['Engines: no finding', undetected],
      ...factsOf(attributes),
    ],
    link: `https://www.virustotal.com/gui/${PAGES[resource.kind]}/${virusTotalId(resource)}`,
  };
  return answerOf('virustotal', resource, said, nowMs);
}

function opinionOf(malicious: number, suspicious: number, harmless: number): Opinion {
  if (malicious >= MALICIOUS_ENGINES) return 'malicious';
  if (malicious > 0 || suspicious >= SUSPICIOUS_ENGINES) return 'suspicious';
  return harmless > 0 && suspicious === 0 ? 'harmless' : 'none';
}

function summaryOf(malicious: number, suspicious: number, engines: number): string {
  if (engines === 0) return 'VirusTotal knows it, but no engine has looked at it.';
  if (malicious + suspicious === 0) return `None of ${engines} engines at VirusTotal finds anything against it.`;
  const parts = [`${malicious} of ${engines} engines at VirusTotal call it malicious`];
  if (suspicious > 0) parts.push(`${suspicious} call it suspicious`);
  return `${parts.join(', ')}.`;
}

function factsOf(attributes: Attributes): Said['facts'] {
  const results = Object.entries(attributes.last_analysis_results ?? {});
  const said = (category: string) =>
    results
      .filter(([, result]) => result.category === category)
      .slice(0, NAMED_ENGINES)
      .map(([engine, { result }]) => (result ? `${engine} (${result})` : engine));
  return [
    ['Called malicious by', said('malicious')],
    ['Called suspicious by', said('suspicious')],
    ['Threat', attributes.popular_threat_classification?.suggested_threat_label],
    ['Threat names', attributes.threat_names],
    ['Reputation', attributes.reputation],
    ['Categories', Object.values(attributes.categories ?? {})],
    ['Tags', attributes.tags],
    ['File type', attributes.type_description],
    ['File name', attributes.meaningful_name],
    ['Network', attributes.as_owner],
    ['Country', attributes.country],
    ['Registrar', attributes.registrar],
    ['Created', isoDate(attributes.creation_date)],
    ['First seen', isoDate(attributes.first_submission_date)],
    ['Last looked at', isoDate(attributes.last_analysis_date)],
  ];
}

const ErrorBody = z.object({ error: z.object({ code: z.string() }) });

/** Error codes: https://docs.virustotal.com/reference/errors. */
export function virusTotalFailure(status: number, body: unknown, nowMs: number): Failure | undefined {
  switch (ErrorBody.safeParse(body).data?.error.code) {
    case 'QuotaExceededError':
      return { kind: 'refused', untilMs: nowMs + QUOTA_REST_MS };
    case 'TooManyRequestsError':
      return { kind: 'refused' };
    case 'AuthenticationRequiredError':
    case 'WrongCredentialsError':
    case 'UserNotActiveError':
    case 'ForbiddenError':
      return { kind: 'key', status };
    case 'NotFoundError':
      return { kind: 'unknown' };
    case 'NotAvailableYet':
    case 'TransientError':
    case 'DeadlineExceededError':
    case 'FailedDependencyError':
      return { kind: 'unreachable', status };
    default:
      return undefined;
  }
}

export function createVirusTotal({ baseUrl, apiKey, ask }: ClientConfig): Client {
  return {
    lookup: (resource) =>
      ask(virusTotalQuestion(baseUrl, apiKey, resource), (json, nowMs) => readVirusTotal(resource, json, nowMs)),
  };
}
