import type { Report } from '@sluice/contracts';
import { defang, plain } from '../../parts/hostile.ts';

/** All indicators of a report, defanged, one a line, by kind. Pure. */
export function defangedIndicators({ indicators: { urls, domains, ips, addresses, hashes } }: Report): string {
  const groups: [string, string[]][] = [
    ['Links', urls.map(({ url }) => defang(url))],
    ['Domains', domains.map(({ domain }) => defang(domain))],
    ['IP addresses', ips.map(({ ip }) => ip.replaceAll('.', '[.]').replaceAll(':', '[:]'))],
    ['Mail addresses', addresses.map(({ address }) => defang(address))],
    ['Hashes', hashes.flatMap(({ sha256, sha1, md5 }) => sha256 ?? sha1 ?? md5 ?? [])],
  ];
  return groups
    .filter(([, values]) => values.length > 0)
    .map(([name, values]) => `# ${name}\n${[...new Set(values.map(plain))].join('\n')}`)
    .join('\n\n');
}
