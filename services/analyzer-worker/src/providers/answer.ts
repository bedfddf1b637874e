import { type Opinion, type Provider, type ProviderAnswer, type Resource, PROVIDER_NAMES } from '@sluice/contracts';
import { plain } from './plain.ts';

/** What is asked about; its id means something within a job only. */
export type BareResource = Omit<Resource, 'id'>;

const KIND_WORDS: Readonly<Record<Resource['kind'], string>> = {
  url: 'link',
  domain: 'domain',
  ip: 'address',
  hash: 'file',
};
const MAX_FACTS = 40;
const MAX_FACT_CHARS = 300;
const MAX_SUMMARY_CHARS = 500;

export interface Said {
  opinion: Opinion;
  score: number | null;
  summary: string;
  category?: ProviderAnswer['category'];
  /** Those without a value are left out. */
  facts: [name: string, value: string | number | readonly string[] | null | undefined][];
  link: string | null;
}

/** What a client read, as an answer within the contract's bounds: plain text of bounded length. */
export function answerOf(provider: Provider, resource: BareResource | null, said: Said, nowMs: number): ProviderAnswer {
  return {
    v: 1,
    provider,
    resource,
    isKnown: true,
    opinion: said.opinion,
    score: said.score === null ? null : Math.min(Math.max(said.score, 0), 100),
    ...(said.category === undefined ? {} : { category: said.category }),
    summary: plain(said.summary, MAX_SUMMARY_CHARS),
    facts: said.facts.flatMap(([name, value]) => factOf(name, value)).slice(0, MAX_FACTS),
    link: said.link,
    askedAt: new Date(nowMs).toISOString(),
  };
}

/** The provider has never seen the resource. */
export function unknownAnswer(provider: Provider, resource: BareResource, nowMs: number): ProviderAnswer {
  const summary =
    provider === 'abuseipdb'
      ? 'Nobody has reported this address to AbuseIPDB in the last 90 days.'
      : `${PROVIDER_NAMES[provider]} does not know this ${KIND_WORDS[resource.kind]}.`;
  const said: Said = { opinion: 'none', score: null, summary, facts: [], link: null };
  return { ...answerOf(provider, resource, said, nowMs), isKnown: false };
}

function factOf(name: string, value: Said['facts'][number][1]): ProviderAnswer['facts'] {
  const text = Array.isArray(value) ? listed(value) : value;
  if (text === null || text === undefined) return [];
  const line = plain(String(text), MAX_FACT_CHARS);
  return line === '' ? [] : [{ name: plain(name, 60), value: line }];
}

/** As many as fit, and how many more there are. */
function listed(values: readonly string[]): string {
  const words = [...new Set(values.map((value) => plain(value, 80)).filter((value) => value !== ''))];
  let text = '';
  for (const [index, word] of words.entries()) {
    const longer = text === '' ? word : `${text}, ${word}`;
    if (longer.length > MAX_FACT_CHARS - 20) return `${text} and ${words.length - index} more`;
    text = longer;
  }
  return text;
}
