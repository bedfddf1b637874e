import type { Authentication, Evidence, Finding } from '@sluice/contracts';
import { findingFrom, quoteOf } from './finding.ts';

/**
 * What authentication says of a mail: against it where it failed, for it where it passed and the address is that of a well-known company to which the mail leads
 * (`brand`). DMARC decides alone where it is known: SPF and DKIM fail for forwarded mail every day, and mailing lists break all three, so these weigh little.
 */
export function findingsOfAuthentication(
  authentication: Authentication,
  { isList, brand }: { isList: boolean; brand: string | null },
): Finding[] {
  const { dmarc, spf, dkim } = authentication;
  if (dmarc === 'pass') return brand === null ? [] : brandConfirmed(authentication, brand);
  if (dmarc === 'fail') return isList ? dmarcFailed(authentication, 5) : dmarcFailed(authentication, 25);
  const isForgedSender = spf === 'fail' && dkim !== 'pass';
  return [
    ...(isForgedSender ? spfFailed(authentication, isList ? 3 : 12) : []),
    ...(dkim === 'fail' && spf !== 'pass' ? dkimFailed(authentication, isList ? 3 : 8) : []),
  ];
}

/** As much as soft evidence can be eased: forgers have no share in it. What is hard stays hard. */
const BRAND_EASES = 70;

function brandConfirmed(authentication: Authentication, brand: string): Finding[] {
  return findingFrom({
    id: 'auth.brand-confirmed',
    severity: 'info',
    weight: 0,
    eases: BRAND_EASES,
    title: `The mail really comes from ${brand} and leads there`,
    explanation:
      'The sender’s domain is confirmed (DMARC), it belongs to that company, and so do the links of the mail.',
    evidence: evidenceOf(authentication, ''),
  });
}

function dmarcFailed(authentication: Authentication, weight: number): Finding[] {
  return findingFrom({
    id: 'auth.dmarc-fail',
    severity: weight > 5 ? 'medium' : 'info',
    weight,
    category: 'phishing',
    title: 'The sender could not be confirmed',
    explanation:
      'The company in the sender’s address says how its mail is signed, and this mail is not signed that way.',
    evidence: evidenceOf(authentication, ''),
  });
}

function spfFailed(authentication: Authentication, weight: number): Finding[] {
  return findingFrom({
    id: 'auth.spf-fail',
    severity: 'low',
    weight,
    title: 'The mail came from a server that its sender does not use',
    explanation: 'The sender’s domain lists the servers that send its mail, and this one is not among them.',
    evidence: evidenceOf(authentication, 'spf'),
  });
}

function dkimFailed(authentication: Authentication, weight: number): Finding[] {
  return findingFrom({
    id: 'auth.dkim-fail',
    severity: 'low',
    weight,
    title: 'The signature of the mail is broken',
    explanation:
      'The mail carries a signature that does not fit it: it was changed on its way, or the signature is not real.',
    evidence: evidenceOf(authentication, 'dkim'),
  });
}

/** What was said about a method; about all of them where it is empty. */
function evidenceOf({ by, quotes }: Authentication, method: string): Evidence[] {
  const where = by === 'dns' ? 'dns' : 'authentication-results';
  return quotes.filter((quote) => quote.startsWith(method)).map((quote) => quoteOf(where, quote));
}
