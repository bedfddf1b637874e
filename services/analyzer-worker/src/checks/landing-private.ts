import type { Cut, Finding } from '@sluice/contracts';
import { findingFrom, quoteOf } from './finding.ts';
import type { LandingCheck, VisitLook } from './landing-look.ts';
import { hostOf } from './landing-look.ts';

type Lure = { cut: Cut; isMetadata: boolean; how: 'sent-on' | 'loaded' | 'linked' };

const WEIGHTS = {
  'sent-on': { plain: 45, metadata: 60 },
  loaded: { plain: 10, metadata: 45 },
  linked: { plain: 0, metadata: 45 },
};

/**
 * Attempts to lead a visitor (or a scanner) into a network that is not public. A link of the mail to such an address itself only informs: colleagues send
 * each other links to what stands in their own network.
 */
export const landingPrivate: LandingCheck = ({ visits }) => {
  const lures = visits.flatMap(luresOf);
  const weight = Math.max(0, ...lures.map(weightOf));
  const metadata = lures.filter(({ isMetadata }) => isMetadata);
  return findingFrom({
    id: 'landing.private-address',
    severity: severityOf(weight),
    weight,
    title: metadata.length > 0 ? 'A link reaches for secrets of a server' : 'A link leads into a private network',
    explanation:
      weight === 0
        ? 'The link leads to an address that means something inside a network only; it was not opened.'
        : 'The page tries to send whoever opens it to an address inside a network, where only trusted programs should reach. It was not opened.',
    evidence: lures.map(({ cut }) => quoteOf('redirect', `${cut.url} (not opened: ${cut.message})`)),
  });
};

function luresOf({ facts }: VisitLook): Lure[] {
  const metadataHosts = new Set(facts.guard.filter(({ why }) => why === 'metadata').map(({ host }) => host));
  return facts.cuts
    .filter(({ reason }) => reason === 'private-address')
    .map((cut) => ({
      cut,
      isMetadata: metadataHosts.has(hostOf(cut.url)),
      how: cut.url !== facts.finalUrl ? 'loaded' : facts.chain.length > 0 ? 'sent-on' : 'linked',
    }));
}

function weightOf({ how, isMetadata }: Lure): number {
  return WEIGHTS[how][isMetadata ? 'metadata' : 'plain'];
}

function severityOf(weight: number): Finding['severity'] {
  if (weight >= 45) return 'high';
  return weight > 0 ? 'low' : 'info';
}
