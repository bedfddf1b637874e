import type { AllowEntry, BlockEntry, Report } from '@sluice/contracts';

/** What an operator's settings look at besides the findings. */
export type SayFacts = Pick<Report, 'subject' | 'indicators' | 'authentication'>;

type Entry = AllowEntry | BlockEntry;

/** Addresses that the mail says it comes from; the more hidden ones too, where they are asked for. */
export function sendersOf({ subject, indicators }: SayFacts, isDeep = false): string[] {
  const said = subject.kind === 'mail' ? subject.from.map(({ address }) => address) : [];
  const deep = indicators.addresses
    .filter(({ roles }) => roles.some((role) => ['sender', 'reply-to', 'return-path'].includes(role)))
    .map(({ address }) => address);
  return [...new Set([...said, ...(isDeep ? deep : [])].map((address) => address.toLowerCase()))].filter((address) =>
    address.includes('@'),
  );
}

export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1);
}

/** The domain itself, or one below it. */
export function isBelow(host: string, domain: string): boolean {
  return host === domain || host.endsWith(`.${domain}`);
}

export function isSentBy(address: string, { kind, value }: Pick<Entry, 'kind' | 'value'>): boolean {
  return kind === 'address' ? address === value : kind === 'domain' && isBelow(domainOf(address), value);
}

/** Whether the mail has the host or the file of the entry. */
export function holds({ indicators }: SayFacts, { kind, value }: Pick<Entry, 'kind' | 'value'>): boolean {
  if (kind === 'url-host') return indicators.urls.some(({ host }) => isBelow(host, value));
  return kind === 'hash' && indicators.hashes.some(({ md5, sha1, sha256 }) => [md5, sha1, sha256].includes(value));
}

/** DMARC: the domain of the visible sender stands behind the mail. */
export function isProven({ authentication }: SayFacts): boolean {
  return authentication?.dmarc === 'pass';
}
