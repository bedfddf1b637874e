import { brandLookalike } from './brand-lookalike.ts';
import { ownsHost } from './brands.ts';
import { findingFrom, quoteOf } from './finding.ts';
import { hasCheapSuffix } from './hosts.ts';
import type { LandingCheck, NamedBrand, PageLook } from './landing-look.ts';

/** Companies run these programs at home, where their sign-in page names the maker. */
const AT_HOME = /^(?:microsoft )?(?:outlook|sharepoint|github)\b/i;

type Hit = { page: PageLook; named: NamedBrand };

/** A page that calls itself by a brand's name at an address which is not the brand's. */
export const landingBrand: LandingCheck = ({ visits }) => {
  const hits = visits.flatMap(({ page }) => {
    if (page === null) return [];
    return page.named.flatMap((named): Hit[] => (ownsHost(named.brand, page.host) ? [] : [{ page, named }]));
  });
  const logins = hits.filter(({ page }) => page.asksSecrets);
  const fakes = hits.filter(({ page, named }) => named.by === 'title' && isMadeUp(page.host));
  const isPlain = logins.some(({ named }) => named.by === 'title' && !AT_HOME.test(named.quote));
  return [
    ...findingFrom({
      id: 'landing.brand-login',
      severity: isPlain ? 'critical' : 'high',
      weight: isPlain ? 70 : 45,
      category: 'phishing',
      title: 'A link leads to a false login page',
      explanation:
        'The page carries the name of a well-known company and asks for a password or other secrets, but its address does not belong to that company.',
      evidence: logins.map(evidenceOf),
    }),
    ...findingFrom({
      id: 'landing.brand-elsewhere',
      severity: 'high',
      weight: fakes.some(({ page }) => brandLookalike(page.host) !== null) ? 60 : 35,
      category: 'phishing',
      title: 'A link leads to a page that borrows a well-known name',
      explanation:
        'The page calls itself like a well-known company, and its address is of the kind that is made for a few days and thrown away.',
      evidence: fakes.map(evidenceOf),
    }),
  ];
};

/** A lookalike of a brand, or a name under a suffix that costs nearly nothing. */
function isMadeUp(host: string): boolean {
  return brandLookalike(host) !== null || hasCheapSuffix(host);
}

function evidenceOf({ page, named }: Hit) {
  return quoteOf('landing page', `“${named.quote}” at ${page.facts.url}`);
}
