import type { Finding } from '@sluice/contracts';
import { readTrustedAuthentication } from './auth-trusted.ts';
import type { Authentication } from './auth-verdict.ts';
import { findingFrom, quoteOf } from './finding.ts';
import type { MailCheck } from './look.ts';

/** Checks the submitted mail's Authentication-Results and ARC headers of these servers; of nobody's where there are none. */
export function createAuthCheck(trustedAuthservIds: readonly string[]): MailCheck {
  return ({ mails }) => {
    const [outer] = mails;
    if (outer === undefined) return [];
    return findingsOfAuthentication(readTrustedAuthentication(outer.mail, trustedAuthservIds), outer.isList);
  };
}

/**
 * What failed authentication says; nothing where it passed or is unknown. DMARC decides alone where it is known: SPF and DKIM
 * fail for forwarded mail every day, and mailing lists break all three, so these weigh little.
 */
export function findingsOfAuthentication(authentication: Authentication, isList: boolean): Finding[] {
  const { dmarc, spf, dkim } = authentication;
  if (dmarc === 'pass') return [];
  if (dmarc === 'fail') return isList ? dmarcFailed(authentication, 5) : dmarcFailed(authentication, 25);
  const isForgedSender = spf === 'fail' && dkim !== 'pass';
  return [
    ...(isForgedSender ? spfFailed(authentication, isList ? 3 : 12) : []),
    ...(dkim === 'fail' && spf !== 'pass' ? dkimFailed(authentication, isList ? 3 : 8) : []),
  ];
}

function dmarcFailed({ quotes }: Authentication, weight: number): Finding[] {
  return findingFrom({
    id: 'auth.dmarc-fail',
    severity: weight > 5 ? 'medium' : 'info',
    weight,
    category: 'phishing',
    title: 'The sender could not be confirmed',
    explanation:
      'The company in the sender’s address says how its mail is signed, and this mail is not signed that way.',
    evidence: quotes.map((quote) => quoteOf('authentication-results', quote)),
  });
}

function spfFailed({ quotes }: Authentication, weight: number): Finding[] {
  return findingFrom({
    id: 'auth.spf-fail',
    severity: 'low',
    weight,
    title: 'The mail came from a server that its sender does not use',
    explanation: 'The sender’s domain lists the servers that send its mail, and this one is not among them.',
    evidence: quotes
      .filter((quote) => quote.startsWith('spf'))
      .map((quote) => quoteOf('authentication-results', quote)),
  });
}

function dkimFailed({ quotes }: Authentication, weight: number): Finding[] {
  return findingFrom({
    id: 'auth.dkim-fail',
    severity: 'low',
    weight,
    title: 'The signature of the mail is broken',
    explanation:
      'The mail carries a signature that does not fit it: it was changed on its way, or the signature is not real.',
    evidence: quotes
      .filter((quote) => quote.startsWith('dkim'))
      .map((quote) => quoteOf('authentication-results', quote)),
  });
}
