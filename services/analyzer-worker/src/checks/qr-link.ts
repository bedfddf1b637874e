import type { MailCheck } from './look.ts';
import { findingFrom, quoteOf } from './finding.ts';
import { isWeb } from './look.ts';

/** A code in place of a link: filters do not see it, and the telephone that reads it is outside the company's protection. */
export const qrLink: MailCheck = ({ indicators }) =>
  findingFrom({
    id: 'qr.link',
    severity: 'medium',
    weight: 25,
    category: 'phishing',
    title: 'A QR code leads to a website',
    explanation:
      'The mail shows a code to be scanned with a telephone instead of a link. That hides the address from filters and takes the reader to an unprotected device.',
    evidence: indicators.urls
      .filter((url) => isWeb(url) && url.places.some(({ where }) => where === 'qr'))
      .map(({ url }) => quoteOf('qr', url)),
  });
