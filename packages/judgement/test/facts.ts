import { type Authentication, Indicators } from '@sluice/contracts';
import type { SayFacts } from '../src/say-facts.ts';

/** The SHA-256 of the one file that the mail has. */
export const FILE_HASH = 'a'.repeat(64);

/** What a sender's DMARC came to, as DNS said it. */
export const dmarc = (verdict: Authentication['dmarc']): Authentication => ({
  v: 1,
  dmarc: verdict,
  spf: 'unknown',
  dkim: 'unknown',
  by: 'dns',
  quotes: [],
});

/** A mail from an address that links to some hosts, has one file and came through one relay. */
export function mailFactsOf(
  from: string,
  authentication: SayFacts['authentication'] = null,
  hosts: readonly string[] = [],
  name = '',
): SayFacts {
  const indicators = Indicators.parse({
    v: 1,
    urls: hosts.map((host) => ({
      url: `https://${host}/`,
      scheme: 'https',
      host,
      hostKind: 'domain',
      registrableDomain: host,
      places: [],
      occurrences: 1,
    })),
    domains: [],
    ips: [{ ip: '203.0.113.9', version: 4, scope: 'public', sources: ['received'] }],
    addresses: [{ address: from, names: [], roles: ['from'] }],
    hashes: [{ md5: null, sha1: null, sha256: FILE_HASH, fileName: 'a.zip' }],
    received: [{ from: null, fromIp: '203.0.113.9', by: null, with: null, at: null, delaySeconds: null }],
    limits: [],
  });
  const subject = {
    kind: 'mail' as const,
    sha256: FILE_HASH,
    sizeBytes: 1,
    subject: null,
    date: null,
    messageId: null,
  };
  return {
    subject: { ...subject, from: [{ address: from, name }], to: [], attachments: [], innerMails: 0 },
    indicators,
    authentication,
  };
}
