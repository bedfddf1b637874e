import type { Finding, Opinion, Provider, ProviderAnswer } from '@sluice/contracts';
import { findingFrom, quoteOf } from './finding.ts';

type Told = Extract<Opinion, 'malicious' | 'suspicious'>;

/** `weight`, and up to `more` on top of it, in proportion to the provider's own score as far as `FULL_SCORE`. */
type Weight = { weight: number; more: number };

/** In per cent of VirusTotal's engines: the worst pages have a third of them against them, never all. */
const FULL_SCORE = 30;

const flat = (weight: number): Weight => ({ weight, more: 0 });

/**
 * How much an opinion weighs, 0–100 as every finding. What is harmless or unknown weighs nothing.
 *
 * - VirusTotal speaks for dozens of engines: 60 where a few of them object, 85 from 30 % of them on. An IP address is shared by many sites, so half of them being bad says less of one.
 * - AbuseIPDB counts complaints about an address from which many people may send.
 * - urlscan.io has looked at the very page.
 * - Shodan sees what a machine runs, not what it does.
 * - Gemini never moves the verdict alone: 15 is far below the 40 from which a mail is suspicious. It reads text that the sender wrote, also for it.
 */
const WEIGHTS: Readonly<Record<Provider, Readonly<Record<Told, Weight>>>> = {
  virustotal: { malicious: { weight: 60, more: 25 }, suspicious: flat(25) },
  abuseipdb: { malicious: flat(35), suspicious: flat(15) },
  urlscan: { malicious: flat(60), suspicious: flat(20) },
  shodan: { malicious: flat(20), suspicious: flat(10) },
  gemini: { malicious: flat(15), suspicious: flat(8) },
};
const VIRUSTOTAL_IP: Readonly<Record<Told, Weight>> = {
  malicious: { weight: 40, more: 20 },
  suspicious: flat(15),
};

const NAMES: Readonly<Record<Provider, string>> = {
  virustotal: 'VirusTotal',
  abuseipdb: 'AbuseIPDB',
  urlscan: 'urlscan.io',
  shodan: 'Shodan',
  gemini: 'Gemini',
};

/** One finding for each provider and opinion, as heavy as the heaviest of its answers. */
export function findingsOfAnswers(answers: readonly ProviderAnswer[]): Finding[] {
  const groups = new Map<string, { provider: Provider; told: Told; answers: ProviderAnswer[] }>();
  for (const answer of answers) {
    const { provider, opinion } = answer;
    if (opinion !== 'malicious' && opinion !== 'suspicious') continue;
    const key = `${provider} ${opinion}`;
    const group = groups.get(key) ?? { provider, told: opinion, answers: [] };
    groups.set(key, group);
    group.answers.push(answer);
  }
  return [...groups.values()].flatMap(({ provider, told, answers: given }) => findingOf(provider, told, given));
}

function findingOf(provider: Provider, told: Told, answers: readonly ProviderAnswer[]): Finding[] {
  const [heaviest, ...others] = answers.toSorted((left, right) => weightOf(right) - weightOf(left));
  if (heaviest === undefined) return [];
  const weight = weightOf(heaviest);
  const category = heaviest.category ?? (heaviest.resource?.kind === 'hash' ? 'malware' : undefined);
  return findingFrom({
    id: `answer.${provider}-${told}`,
    severity: severityOf(weight),
    weight,
    ...(category === undefined ? {} : { category }),
    ...wordsOf(provider, told, heaviest),
    evidence: [heaviest, ...others].map((answer) =>
      quoteOf(NAMES[provider], [answer.resource?.value.slice(0, 150), answer.summary].filter(Boolean).join(': ')),
    ),
  });
}

function weightOf({ provider, opinion, resource, score }: ProviderAnswer): number {
  if (opinion !== 'malicious' && opinion !== 'suspicious') return 0;
  const table = provider === 'virustotal' && resource?.kind === 'ip' ? VIRUSTOTAL_IP : WEIGHTS[provider];
  const { weight, more } = table[opinion];
  return Math.round(weight + more * Math.min(1, (score ?? 0) / FULL_SCORE));
}

function severityOf(weight: number): Finding['severity'] {
  if (weight >= 75) return 'critical';
  if (weight >= 45) return 'high';
  return weight >= 20 ? 'medium' : 'low';
}

const WHAT = { url: 'a link', domain: 'a domain name', ip: 'an IP address', hash: 'a file' } as const;

function wordsOf(provider: Provider, told: Told, { resource }: ProviderAnswer): { title: string; explanation: string } {
  const name = NAMES[provider];
  const what = resource === null ? 'the mail' : WHAT[resource.kind];
  const how = told === 'malicious' ? 'dangerous' : 'suspicious';
  const isModel = provider === 'gemini';
  return {
    title: `${name} calls ${what} ${how}`,
    explanation: isModel
      ? 'A language model has read the mail and thinks so. It can be wrong and can be talked into things, so its opinion counts little.'
      : `${name}, a service that collects what is known of threats, was asked about ${what} of this mail and calls it ${how}.`,
  };
}
