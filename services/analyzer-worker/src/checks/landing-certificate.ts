import type { CertificateFacts } from '@sluice/contracts';
import { findingFrom, quoteOf } from './finding.ts';
import type { LandingCheck, VisitLook } from './landing-look.ts';
import { hostOf } from './landing-look.ts';

/** A certificate that browsers warn of says something only where the page wants to be told something. */
export const landingCertificate: LandingCheck = ({ visits }) => {
  const hits = visits.flatMap((visit) => {
    const certificate = certificateOf(visit);
    const { page } = visit;
    if (page === null || page.facts.forms.length === 0 || certificate === null || certificate.authorized) return [];
    return [{ page, certificate }];
  });
  const isSecret = hits.some(({ page }) => page.asksSecrets);
  return findingFrom({
    id: 'landing.bad-certificate',
    severity: 'medium',
    weight: isSecret ? 40 : 25,
    category: 'phishing',
    title: 'A page with a form cannot prove whose it is',
    explanation: 'Browsers warn of this page, because its certificate is expired, home-made or for another name.',
    evidence: hits.map(({ page, certificate }) =>
      quoteOf(
        'certificate',
        `${page.facts.url}: ${certificate.problem ?? 'not valid'}, issued by ${certificate.issuer}`,
      ),
    ),
  });
};

/** That of the request which gave the page; where its URL was rewritten by a script, the last one of its host. */
function certificateOf({ facts, page }: VisitLook): CertificateFacts | null {
  if (page === null) return null;
  const hop =
    facts.chain.findLast(({ url }) => url === page.facts.url) ??
    facts.chain.findLast(({ url }) => hostOf(url) === page.host);
  return hop?.certificate ?? null;
}
