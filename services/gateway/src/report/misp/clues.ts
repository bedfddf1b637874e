import { PROVIDER_NAMES, type Report } from '@sluice/contracts';
import type { Clue } from './parts.ts';

const NETWORK = 'Network activity';
const DELIVERY = 'Payload delivery';
const EXTERNAL = 'External analysis';

/** MISP takes no other names and addresses. */
const DOMAIN = /^[a-z0-9._-]{1,255}\.[a-z0-9-]{2,255}$/i;
const ADDRESS = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;
const WEB = /^(https?|ftp):\/\//i;

export const isAddress = (text: string): boolean => ADDRESS.test(text);

type Judge = (kind: string, value: string) => boolean;

/**
 * What the report knows that others may look for. A clue is to be blocked by machines (`to_ids`) only where somebody says that it is bad itself: a provider, or the verdict on the very
 * thing that was submitted. A bad mail also has good links.
 */
export function cluesOf(report: Report): Clue[] {
  const isBad = judgeOf(report);
  return [
    ...subjectClues(report),
    ...urlClues(report, isBad),
    ...hostClues(report, isBad),
    ...visitClues(report, isBad),
    ...addressClues(report),
    ...providerClues(report),
  ];
}

function judgeOf({ answers }: Report): Judge {
  const bad = new Set(
    answers.flatMap(({ opinion, resource }) =>
      opinion === 'malicious' && resource !== null ? [`${resource.kind} ${withoutFragment(resource.value)}`] : [],
    ),
  );
  return (kind, value) => bad.has(`${kind} ${withoutFragment(value)}`);
}

function withoutFragment(value: string): string {
  return value.split('#')[0] ?? '';
}

function subjectClues({ subject, verdict }: Report): Clue[] {
  const toIds = verdict === 'malicious';
  if (subject.kind === 'mail') {
    return [
      { type: 'sha256', category: DELIVERY, value: subject.sha256, toIds, comment: 'The mail as it was submitted' },
    ];
  }
  const comment = 'Submitted';
  const { type, value } = subject;
  if (type === 'url') return [{ type: 'url', category: NETWORK, value, toIds, comment }];
  if (type === 'domain') return [{ type: 'domain', category: NETWORK, value, toIds, comment }];
  if (type === 'ip') return [{ type: 'ip-dst', category: NETWORK, value, toIds, comment }];
  return [{ type: hashType(value), category: DELIVERY, value, toIds, comment }];
}

function hashType(hash: string): string {
  return { 32: 'md5', 40: 'sha1', 64: 'sha256' }[hash.length] ?? 'other';
}

function urlClues({ indicators }: Report, isBad: Judge): Clue[] {
  return indicators.urls
    .filter(({ url }) => WEB.test(url))
    .map(({ url }) => ({
      type: 'url',
      category: NETWORK,
      value: url,
      toIds: isBad('url', url),
      comment: 'In the mail',
    }));
}

function hostClues({ indicators }: Report, isBad: Judge): Clue[] {
  const domains = indicators.domains
    .filter(({ domain }) => DOMAIN.test(domain))
    .map(({ domain, registrableDomain }) => ({
      type: registrableDomain === null || registrableDomain === domain ? 'domain' : 'hostname',
      category: NETWORK,
      value: domain,
      toIds: isBad('domain', domain),
    }));
  // Addresses of an internal network mean nothing elsewhere.
  const ips = indicators.ips
    .filter(({ scope }) => scope === 'public')
    .map(({ ip, sources }) => ({
      type: sources.includes('received') ? 'ip-src' : 'ip-dst',
      category: NETWORK,
      value: ip,
      toIds: isBad('ip', ip),
    }));
  return [...domains, ...ips];
}

/** Where links led. */
function visitClues({ visits }: Report, isBad: Judge): Clue[] {
  return visits.flatMap(({ facts }) => {
    if (facts === null) return [];
    const steps = facts.chain.map(({ url }) => ({ url, comment: 'On the way of a link in the mail' }));
    const ends = [facts.finalUrl, ...(facts.landing === null ? [] : [facts.landing.url])];
    return [...ends.map((url) => ({ url, comment: 'Where a link in the mail leads' })), ...steps]
      .filter(({ url }) => WEB.test(url))
      .map(({ url, comment }) => ({ type: 'url', category: NETWORK, value: url, toIds: isBad('url', url), comment }));
  });
}

/** Recipients are left out: they are those who were attacked. Senders stand in the object of the mail. */
function addressClues({ indicators }: Report): Clue[] {
  const inText = ({ roles }: (typeof indicators.addresses)[number]) =>
    roles.every((role) => role === 'body' || role === 'link');
  return indicators.addresses
    .filter((found) => inText(found) && isAddress(found.address))
    .map(({ address }) => ({ type: 'email', category: DELIVERY, value: address, comment: 'Named in the mail' }));
}

function providerClues({ answers }: Report): Clue[] {
  return answers.flatMap(({ provider, link, summary }) => {
    if (link === null || !WEB.test(link)) return [];
    const comment = `${PROVIDER_NAMES[provider]}: ${summary ?? 'no opinion'}`;
    return [{ type: 'link', category: EXTERNAL, value: link, comment }];
  });
}
