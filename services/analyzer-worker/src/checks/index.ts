import type { Finding, Indicators, MailDocument } from '@sluice/contracts';
import { attachmentDangerous } from './attachment-dangerous.ts';
import { attachmentDisguised } from './attachment-disguised.ts';
import { attachmentDoubleExtension } from './attachment-double-extension.ts';
import { attachmentMacro } from './attachment-macro.ts';
import { createAuthCheck } from './auth-findings.ts';
import { domainLookalike } from './domain-lookalike.ts';
import { formInMail } from './form-in-mail.ts';
import { headerDate } from './header-date.ts';
import { headerMissing } from './header-missing.ts';
import { htmlSmuggling } from './html-smuggling.ts';
import { linkTextMismatch } from './link-text-mismatch.ts';
import type { IndicatorCheck, MailCheck } from './look.ts';
import { lookAt } from './look.ts';
import { senderBrand } from './sender-brand.ts';
import { senderElsewhere } from './sender-elsewhere.ts';
import { senderNameClaims } from './sender-name-claims.ts';
import { senderReplyElsewhere } from './sender-reply-elsewhere.ts';
import { senderSeveral } from './sender-several.ts';
import { textAdvanceFee } from './text-advance-fee.ts';
import { textCredentialLure } from './text-credential-lure.ts';
import { textLookalikes } from './text-lookalikes.ts';
import { urlDataPage } from './url-data-page.ts';
import { urlFreeHost } from './url-free-host.ts';
import { urlHiddenDestination } from './url-hidden-destination.ts';
import { urlIpHost } from './url-ip-host.ts';
import { urlLookalikeHost } from './url-lookalike-host.ts';
import { urlUserinfo } from './url-userinfo.ts';

const INDICATOR_CHECKS: readonly IndicatorCheck[] = [
  urlIpHost,
  urlUserinfo,
  urlLookalikeHost,
  urlDataPage,
  urlFreeHost,
  urlHiddenDestination,
  domainLookalike,
];

const MAIL_CHECKS: readonly MailCheck[] = [
  linkTextMismatch,
  attachmentDangerous,
  attachmentMacro,
  attachmentDisguised,
  attachmentDoubleExtension,
  senderReplyElsewhere,
  senderNameClaims,
  senderBrand,
  senderSeveral,
  senderElsewhere,
  formInMail,
  htmlSmuggling,
  textCredentialLure,
  textLookalikes,
  textAdvanceFee,
  headerMissing,
  headerDate,
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
