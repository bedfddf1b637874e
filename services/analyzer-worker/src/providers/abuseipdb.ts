import type { Opinion, ProviderAnswer } from '@sluice/contracts';
import { z } from 'zod';
import { answerOf, type BareResource, type Said } from './answer.ts';
import type { Client, ClientConfig } from './client.ts';
import type { Question } from './http.ts';

/** AbuseIPDB's API v2, CHECK endpoint: https://docs.abuseipdb.com/#check-endpoint. */

const MALICIOUS_SCORE = 75;
const SUSPICIOUS_SCORE = 25;
const REPORT_DAYS = '90';

const Data = z.object({
  abuseConfidenceScore: z.number().min(0).max(100),
  totalReports: z.number().min(0),
  isWhitelisted: z.boolean().nullish(),
  countryCode: z.string().nullish(),
  usageType: z.string().nullish(),
  isp: z.string().nullish(),
  domain: z.string().nullish(),
  hostnames: z.array(z.string()).nullish(),
  isTor: z.boolean().nullish(),
  numDistinctUsers: z.number().nullish(),
  lastReportedAt: z.string().nullish(),
});
type Data = z.infer<typeof Data>;
const Reply = z.object({ data: Data });

function abuseIpDbQuestion(baseUrl: string, apiKey: string, address: string): Question {
  const url = new URL(`${baseUrl}/check`);
  url.search = new URLSearchParams({ ipAddress: address, maxAgeInDays: REPORT_DAYS }).toString();
  return { url, headers: { key: apiKey } };
}

/** Null where nobody has reported the address: AbuseIPDB answers about every address, but then knows nothing of its conduct. */
export function readAbuseIpDb(resource: BareResource, json: unknown, nowMs: number): ProviderAnswer | null {
  const { data } = Reply.parse(json);
  const isWhitelisted = data.isWhitelisted === true;
  if (data.totalReports === 0 && data.abuseConfidenceScore === 0 && !isWhitelisted) return null;
  const said: Said = {
    opinion: opinionOf(data.abuseConfidenceScore, isWhitelisted),
    score: data.abuseConfidenceScore,
    summary: summaryOf(data, isWhitelisted),
    facts: [
      ['Confidence of abuse', `${data.abuseConfidenceScore} %`],
      ['Reports in 90 days', data.totalReports],
      ['Reporters', data.numDistinctUsers],
      ['Last reported', data.lastReportedAt?.slice(0, 10)],
      ['Whitelisted', isWhitelisted ? 'yes' : undefined],
      ['Tor exit', data.isTor === true ? 'yes' : undefined],
      ['Provider', data.isp],
      ['Usage', data.usageType],
      ['Domain', data.domain],
      ['Host names', data.hostnames],
      ['Country', data.countryCode],
    ],
    link: `https://www.abuseipdb.com/check/${encodeURIComponent(resource.value)}`,
  };
  return answerOf('abuseipdb', resource, said, nowMs);
}

function opinionOf(score: number, isWhitelisted: boolean): Opinion {
  if (isWhitelisted) return score < SUSPICIOUS_SCORE ? 'harmless' : 'none';
  if (score >= MALICIOUS_SCORE) return 'malicious';
  return score >= SUSPICIOUS_SCORE ? 'suspicious' : 'none';
}

function summaryOf({ abuseConfidenceScore, totalReports }: Data, isWhitelisted: boolean): string {
  const reports = `${totalReports} ${totalReports === 1 ? 'report' : 'reports'} in 90 days`;
  const text = `AbuseIPDB is ${abuseConfidenceScore} % confident that this address is abused (${reports}).`;
  return isWhitelisted ? `${text} AbuseIPDB trusts the owner of the address.` : text;
}

export function createAbuseIpDb({ baseUrl, apiKey, ask }: ClientConfig): Client {
  return {
    lookup: (resource) =>
      ask(abuseIpDbQuestion(baseUrl, apiKey, resource.value), (json, nowMs) => readAbuseIpDb(resource, json, nowMs)),
  };
}
