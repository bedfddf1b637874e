import type { Finding, Indicators } from '@sluice/contracts';
import { unwrapUrl } from '../mail/unwrap/index.ts';
import { findingFrom, quoteOf } from './finding.ts';
import { isInfrastructure, isShortener } from './hosts.ts';
import type { LandingCheck, VisitLook } from './landing-look.ts';
import { crossings, hostOf, isOneHouse, isSentOn } from './landing-look.ts';
import { shownDomain } from './link-text-mismatch.ts';

const LONG_CHAIN = 4;

/** How somebody is sent from the link to the page. */
export const landingChain: LandingCheck = ({ visits, indicators }) => [
  ...elsewhereThanShown(visits, indicators),
  ...byScript(visits),
  ...long(visits),
  ...endless(visits),
  ...sentOn(visits),
];

/** The link itself leads where its words say, or it would be found in the mail; what follows leads away. */
function elsewhereThanShown(visits: readonly VisitLook[], indicators: Indicators | null): Finding[] {
  const hits = visits.filter(isSentOn).flatMap(({ facts, hosts }) => {
    const end = hosts.at(-1) ?? '';
    const labels = indicators?.urls.filter(({ url }) => isSame(url, facts.url)).flatMap(({ places }) => places) ?? [];
    const shown = labels.map(({ where, label }) => (where === 'html-link' ? shownDomain(label ?? '') : null));
    return shown
      .filter((domain) => domain !== null && isOneHouse(domain, hostOf(facts.url)) && !isOneHouse(domain, end))
      .map((domain) => quoteOf('redirect', `${domain} → ${facts.finalUrl}`));
  });
  return findingFrom({
    id: 'landing.elsewhere-than-shown',
    severity: 'medium',
    weight: 30,
    category: 'phishing',
    title: 'A link ends at another site than the one it shows',
    explanation: 'The words of the link name a website, and the click begins there, but it ends at a different one.',
    evidence: hits,
  });
}

/** Well-known sites count clicks with scripts too (`t.co`). */
function byScript(visits: readonly VisitLook[]): Finding[] {
  const hits = visits.flatMap((visit) =>
    crossings(visit).filter(({ hop, from }) => hop.kind !== null && hop.kind !== 'http' && !isForwarder(from, hop.url)),
  );
  return findingFrom({
    id: 'landing.script-redirect',
    severity: 'low',
    weight: 20,
    category: 'phishing',
    title: 'A page sends its visitors on to another site by a script',
    explanation:
      'The first page holds nothing but the way to another site, in a form that simple filters do not follow.',
    evidence: hits.map(({ hop, to }) => quoteOf('redirect', `${hop.url} → ${to} (${hop.kind ?? ''})`)),
  });
}

function isForwarder(host: string, url: string): boolean {
  return isShortener(host) || isInfrastructure(host) || unwrapUrl(url).length > 0;
}

function long(visits: readonly VisitLook[]): Finding[] {
  const hits = visits
    .map((visit) => ({ visit, count: crossings(visit).length }))
    .filter(({ count }) => count >= LONG_CHAIN);
  return findingFrom({
    id: 'landing.long-chain',
    severity: 'low',
    weight: 20,
    title: 'A link leads through many sites',
    explanation:
      'On the way to the page the link passes through one foreign site after the other, which hides who sends the visitor.',
    evidence: hits.map(({ visit, count }) => quoteOf('redirect', `${count} changes of site: ${chainOf(visit)}`)),
  });
}

function endless(visits: readonly VisitLook[]): Finding[] {
  const hits = visits.filter(({ facts }) =>
    facts.cuts.some(({ reason }) => reason === 'loop' || reason === 'hop-limit'),
  );
  return findingFrom({
    id: 'landing.endless-chain',
    severity: 'low',
    weight: 12,
    title: 'A link leads in circles',
    explanation:
      'The link was sent on again and again and never came to a page. Some sites do this to visitors whom they take for a filter.',
    evidence: hits.map((visit) => quoteOf('redirect', chainOf(visit))),
  });
}

/** Mailers, shorteners and sites that moved do this every day: it informs only. */
function sentOn(visits: readonly VisitLook[]): Finding[] {
  const hits = visits.filter((visit) => crossings(visit).length > 0);
  return findingFrom({
    id: 'landing.sent-on',
    severity: 'info',
    weight: 0,
    title: 'A link leads on to another site',
    explanation:
      'The page that opens belongs to another site than the link. That alone is usual for newsletters and short links.',
    evidence: hits.map((visit) => quoteOf('redirect', chainOf(visit))),
  });
}

function chainOf({ hosts }: VisitLook): string {
  return hosts.filter((host, index) => host !== hosts[index - 1]).join(' → ');
}

function isSame(left: string, right: string): boolean {
  return left.split('#', 1)[0] === right.split('#', 1)[0];
}
