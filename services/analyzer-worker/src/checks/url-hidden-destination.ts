import { sameOwner } from '../mail/domains.ts';
import { unwrapUrl } from '../mail/unwrap/index.ts';
import type { IndicatorCheck } from './look.ts';
import { findingFrom, quoteOf } from './finding.ts';
import { isFollowed, isWeb } from './look.ts';

/** Search engines and translators: they forward anyone to anywhere, and no mailer counts clicks there. Gateways are not among them. */
const BORROWED = new Set(['google', 'amp', 'translate', 'bing']);

export const urlHiddenDestination: IndicatorCheck = ({ urls }) =>
  findingFrom({
    id: 'url.hidden-destination',
    severity: 'low',
    weight: 20,
    category: 'phishing',
    title: 'A link hides its destination behind a well-known site',
    explanation:
      'The link opens a well-known site only to be sent on to another one, which filters and readers do not see.',
    evidence: urls
      .filter((url) => isWeb(url) && isFollowed(url))
      .flatMap(({ url, host }) => {
        const [step] = unwrapUrl(url);
        const target = step === undefined ? null : URL.parse(step.url);
        if (step === undefined || target === null || !BORROWED.has(step.by)) return [];
        return sameOwner(host, target.hostname) ? [] : [quoteOf('url', `${url} → ${step.url}`)];
      }),
  });
