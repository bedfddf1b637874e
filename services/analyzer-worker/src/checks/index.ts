import type { Finding, Indicators, MailDocument } from '@sluice/contracts';
import { attachmentDangerous } from './attachment-dangerous.ts';
import { attachmentDisguised } from './attachment-disguised.ts';
import { attachmentDoubleExtension } from './attachment-double-extension.ts';
import { attachmentMacro } from './attachment-macro.ts';
import { formInMail } from './form-in-mail.ts';
import { headerDate } from './header-date.ts';
import { headerMissing } from './header-missing.ts';
import { htmlSmuggling } from './html-smuggling.ts';
import { linkTextMismatch } from './link-text-mismatch.ts';
import { checkObservable } from './indicator-checks.ts';
import type { MailCheck } from './look.ts';
import { lookAt } from './look.ts';
import { senderBrand } from './sender-brand.ts';
import { senderElsewhere } from './sender-elsewhere.ts';
import { senderNameClaims } from './sender-name-claims.ts';
import { senderReplyElsewhere } from './sender-reply-elsewhere.ts';
import { senderSeveral } from './sender-several.ts';
import { textAdvanceFee } from './text-advance-fee.ts';
import { textCredentialLure } from './text-credential-lure.ts';
import { textLookalikes } from './text-lookalikes.ts';

export { checkObservable } from './indicator-checks.ts';

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

/** What the offline checks notice in a mail. Pure: no network, no clock. */
export function checkMail(document: MailDocument, indicators: Indicators): Finding[] {
  const look = lookAt(document, indicators);
  return [...MAIL_CHECKS.flatMap((check) => check(look)), ...checkObservable(indicators)];
}
