import { findingFrom, quoteOf } from './finding.ts';
import type { IndicatorCheck } from './look.ts';

/** Says why nothing more is said of an address that was asked about. */
export const ipNotPublic: IndicatorCheck = ({ ips }) =>
  findingFrom({
    id: 'ip.not-public',
    severity: 'info',
    weight: 0,
    title: 'The address is not a public one',
    explanation:
      'This address is private or reserved: it means another machine in every network, and nobody outside knows anything about it.',
    evidence: ips
      .filter(({ scope, sources }) => scope !== 'public' && sources.includes('input'))
      .map(({ ip, scope }) => quoteOf('ip', `${ip} (${scope})`)),
  });
