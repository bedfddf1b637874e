import type { Authentication, Finding, MailDocument } from '@sluice/contracts';
import type { DNSResolver } from 'mailauth';
import { brandAtHome } from './auth-brand.ts';
import { clientOf } from './auth-client.ts';
import { findingsOfAuthentication } from './auth-findings.ts';
import { readTrustedAuthentication } from './auth-trusted.ts';
import { saysSomething, UNKNOWN_AUTHENTICATION } from './auth-verdict.ts';
import { verifyAuthentication } from './auth-verify.ts';
import { isListMail } from './look.ts';

export type AuthenticateConfig = {
  /** Servers whose Authentication-Results, ARC and Received headers are believed, in any case; nobody is by default. */
  trustedAuthservIds: readonly string[];
  /** Null: DNS is not asked. */
  resolver: DNSResolver | null;
  /** Of all questions to DNS together. */
  timeLimitMs: number;
};

export type MailAuthentication = { authentication: Authentication; findings: Finding[] };

/** Of a mail that nobody could look at. */
export const NOT_AUTHENTICATED: MailAuthentication = { authentication: UNKNOWN_AUTHENTICATION, findings: [] };

/**
 * Whether the submitted mail comes from whom it says: what a trusted server found out, and where none says anything, what DNS says of its
 * signature (and of the server that handed it in, where a trusted one names it). Never rejects.
 */
export async function authenticateMail(
  bytes: Uint8Array,
  document: MailDocument,
  config: AuthenticateConfig,
): Promise<MailAuthentication> {
  const [outer] = document.mails;
  if (outer === undefined) return NOT_AUTHENTICATED;
  const told = readTrustedAuthentication(outer, config.trustedAuthservIds);
  const authentication = saysSomething(told) ? told : await lookUp(bytes, document, config);
  const of = { isList: isListMail(outer), brand: brandAtHome(outer) };
  return { authentication, findings: findingsOfAuthentication(authentication, of) };
}

async function lookUp(
  bytes: Uint8Array,
  { mails }: MailDocument,
  { resolver, timeLimitMs, trustedAuthservIds }: AuthenticateConfig,
): Promise<Authentication> {
  const [outer] = mails;
  if (outer === undefined || resolver === null) return UNKNOWN_AUTHENTICATION;
  const client = clientOf(outer, trustedAuthservIds);
  return await verifyAuthentication(bytes, { resolver, timeLimitMs, ...(client === null ? {} : { client }) });
}

/** True where there is something to authenticate by: a signature, or words of a trusted server. */
export function isSigned({ mails }: MailDocument, trustedAuthservIds: readonly string[]): boolean {
  const [outer] = mails;
  if (outer === undefined) return false;
  return (
    outer.headers.some(({ name }) => name === 'dkim-signature') ||
    readTrustedAuthentication(outer, trustedAuthservIds).by === 'trusted-header' ||
    clientOf(outer, trustedAuthservIds) !== null
  );
}
