import type { Finding, Indicators, MailDocument } from '@sluice/contracts';
import { attachmentDangerous } from './attachment-dangerous.ts';
import { attachmentDisguised } from './attachment-disguised.ts';
import { attachmentDoubleExtension } from './attachment-double-extension.ts';
import { createAuthCheck } from './auth-findings.ts';
import { formInMail } from './form-in-mail.ts';
import { headerMissing } from './header-missing.ts';
import { linkTextMismatch } from './link-text-mismatch.ts';
import type { IndicatorCheck, MailCheck } from './look.ts';
import { lookAt } from './look.ts';
import { senderBrand } from './sender-brand.ts';
import { senderNameClaims } from './sender-name-claims.ts';
import { senderReplyElsewhere } from './sender-reply-elsewhere.ts';
import { textAdvanceFee } from './text-advance-fee.ts';
import { textCredentialLure } from './text-credential-lure.ts';
import { textLookalikes } from './text-lookalikes.ts';
import { urlDataPage } from './url-data-page.ts';
import { urlFreeHost } from './url-free-host.ts';
import { urlIpHost } from './url-ip-host.ts';
import { urlLookalikeHost } from './url-lookalike-host.ts';
import { urlUserinfo } from './url-userinfo.ts';

const INDICATOR_CHECKS: readonly IndicatorCheck[] = [
  urlIpHost,
  urlUserinfo,
  urlLookalikeHost,
  urlDataPage,
  urlFreeHost,
];

const MAIL_CHECKS: readonly MailCheck[] = [
  linkTextMismatch,
  attachmentDangerous,
  attachmentDisguised,
  attachmentDoubleExtension,
  senderReplyElsewhere,
  senderNameClaims,
  senderBrand,
  formInMail,
  textCredentialLure,
  textLookalikes,
  textAdvanceFee,
  headerMissing,
];

export type CheckOptions = {
  /** Servers whose Authentication-Results and ARC headers are believed; none by default. */
  trustedAuthservIds?: readonly string[];
};

/** What the offline checks notice in a mail. Pure: no network, no clock. */
export function checkMail(document: MailDocument, indicators: Indicators, options: CheckOptions = {}): Finding[] {
  const look = lookAt(document, indicators);
  const checks = [...MAIL_CHECKS, createAuthCheck(options.trustedAuthservIds ?? [])];
  return [...checks.flatMap((check) => check(look)), ...checkObservable(indicators)];
}

/** What the offline checks notice in one URL, domain, address or hash. */
export function checkObservable(indicators: Indicators): Finding[] {
  return INDICATOR_CHECKS.flatMap((check) => check(indicators));
}
