import type { Report } from '@sluice/contracts';
import type { JobIndicator } from '@sluice/records';

/** Of each kind; a mail that names more is found by these. */
const MOST = 500;

/** What a job is found by: the domains that its mail names with those that they belong to, addresses, and the hashes of the mail and its files. */
export function findablesOf({ subject, indicators }: Pick<Report, 'subject' | 'indicators'>): JobIndicator[] {
  const { domains, hashes, ips } = indicators;
  const files = subject.kind === 'mail' ? [...subject.attachments, ...hashes] : hashes;
  const own = subject.kind === 'mail' ? [subject.sha256] : [];
  return [
    ...named(
      'domain',
      domains.flatMap(({ domain, registrableDomain }) => [domain, registrableDomain]),
    ),
    ...named('hash', [...own, ...files.flatMap(({ sha256, sha1, md5 }) => [sha256, sha1, md5])]),
    ...named(
      'ip',
      ips.map(({ ip }) => ip),
    ),
  ];
}

function named(kind: JobIndicator['kind'], values: readonly (string | null)[]): JobIndicator[] {
  const known = values.flatMap((value) => (value === null || value === '' ? [] : [value.toLowerCase()]));
  return [...new Set(known)].slice(0, MOST).map((value) => ({ kind, value }));
}
