import { isMarkupDataUri } from '../mail/data-uri.ts';
import type { IndicatorCheck } from './look.ts';
import { findingFrom, quoteOf } from './finding.ts';
import { isFollowed } from './look.ts';

export const urlDataPage: IndicatorCheck = ({ urls }) => {
  const hits = urls.filter((url) => isFollowed(url) && url.scheme === 'data' && isMarkupDataUri(url.url));
  return findingFrom({
    id: 'url.data-page',
    severity: 'high',
    weight: 50,
    category: 'phishing',
    title: 'A link carries a whole page inside it',
    explanation: 'Instead of leading to a website, the link holds a page itself, so that filters see no address.',
    evidence: hits.map((url) => quoteOf('url', url.url)),
  });
};
