import type { ProviderAnswer } from '@sluice/contracts';
import { z } from 'zod';
import { answerOf, type BareResource, type Said } from './answer.ts';
import type { Client, ClientConfig } from './client.ts';
import type { Question } from './http.ts';

/** Shodan's REST API, /shodan/host/{ip}: https://developer.shodan.io/api. */

/** Tags that Shodan gives to machines which serve attackers. Others (cloud, vpn, self-signed) say nothing of intent. */
const BAD_TAGS: ReadonlySet<string> = new Set(['malware', 'c2', 'compromised', 'doublepulsar', 'botnet']);

const words = z.array(z.string()).nullish();

const Host = z.object({
  ip_str: z.string(),
  org: z.string().nullish(),
  isp: z.string().nullish(),
  asn: z.string().nullish(),
  os: z.string().nullish(),
  country_name: z.string().nullish(),
  city: z.string().nullish(),
  ports: z.array(z.number()).nullish(),
  hostnames: words,
  domains: words,
  tags: words,
  /** A list, or in some replies an object by name. */
  vulns: z.union([z.array(z.string()), z.record(z.string(), z.unknown())]).nullish(),
  last_update: z.string().nullish(),
});

/** The key goes into the URL, for Shodan knows no other place: this URL must not reach a log, an error or a trace. */
function shodanQuestion(baseUrl: string, apiKey: string, address: string): Question {
  const url = new URL(`${baseUrl}/shodan/host/${encodeURIComponent(address)}`);
  url.search = new URLSearchParams({ minify: 'true', key: apiKey }).toString();
  return { url };
}

export function readShodan(resource: BareResource, json: unknown, nowMs: number): ProviderAnswer {
  const host = Host.parse(json);
  const tags = host.tags ?? [];
  const badTags = tags.filter((tag) => BAD_TAGS.has(tag.toLowerCase()));
  const ports = (host.ports ?? []).toSorted((left, right) => left - right);
  const vulns = Array.isArray(host.vulns) ? host.vulns : Object.keys(host.vulns ?? {});
  const said: Said = {
    opinion: badTags.length > 0 ? 'suspicious' : 'none',
    score: null,
    summary: summaryOf(ports.length, vulns.length, badTags),
    facts: [
      ['Organisation', host.org],
      ['Provider', host.isp],
      ['Network', host.asn],
      ['Country', host.country_name],
      ['City', host.city],
      ['System', host.os],
      ['Ports', ports.map(String)],
      ['Host names', host.hostnames],
      ['Domains', host.domains],
      ['Vulnerabilities', vulns],
      ['Tags', tags],
      ['Last seen', host.last_update?.slice(0, 10)],
    ],
    link: `https://www.shodan.io/host/${encodeURIComponent(resource.value)}`,
  };
  return answerOf('shodan', resource, said, nowMs);
}

function summaryOf(ports: number, vulns: number, badTags: string[]): string {
  const open = `Shodan saw ${ports} open ${ports === 1 ? 'port' : 'ports'}`;
  const text = vulns === 0 ? `${open}.` : `${open} and ${vulns} known ${vulns === 1 ? 'weakness' : 'weaknesses'}.`;
  return badTags.length === 0 ? text : `${text} It marks this machine as ${badTags.join(', ')}.`;
}

export function createShodan({ baseUrl, apiKey, ask }: ClientConfig): Client {
  return {
    lookup: (resource) =>
      ask(shodanQuestion(baseUrl, apiKey, resource.value), (json, nowMs) => readShodan(resource, json, nowMs)),
  };
}
