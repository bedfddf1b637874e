import type { Finding, Indicators, MailDocument } from '@sluice/contracts';
import type { MailFacts, Model } from '@sluice/judgement';
import { attachmentDangerous } from './attachment-dangerous.ts';
import { attachmentDisguised } from './attachment-disguised.ts';
import { attachmentDoubleExtension } from './attachment-double-extension.ts';
import { attachmentFeatures } from './attachment-features.ts';
import { attachmentMacro } from './attachment-macro.ts';
import { formInMail } from './form-in-mail.ts';
import { headerDate } from './header-date.ts';
import { headerMissing } from './header-missing.ts';
import { htmlSmuggling } from './html-smuggling.ts';
import { linkTextMismatch } from './link-text-mismatch.ts';
import { checkObservable } from './indicator-checks.ts';
import type { MailCheck } from './look.ts';
import { lookAt } from './look.ts';
import { mailFacts } from './mail-facts.ts';
import { modelVoice } from './model-voice.ts';
import { qrLink } from './qr-link.ts';
import { senderBrand } from './sender-brand.ts';
import { senderElsewhere } from './sender-elsewhere.ts';
import { senderNameClaims } from './sender-name-claims.ts';
import { senderReplyElsewhere } from './sender-reply-elsewhere.ts';
import { senderSeveral } from './sender-several.ts';
import { textAdvanceFee } from './text-advance-fee.ts';
import { textCredentialLure } from './text-credential-lure.ts';
import { textIntent } from './text-intent.ts';
import { textInvisible } from './text-invisible.ts';
import { textLookalikes } from './text-lookalikes.ts';

export { checkObservable } from './indicator-checks.ts';

const MAIL_CHECKS: readonly MailCheck[] = [
  linkTextMismatch,
  attachmentDangerous,
  attachmentMacro,
  attachmentDisguised,
  attachmentDoubleExtension,
  attachmentFeatures,
  qrLink,
  senderReplyElsewhere,
  senderNameClaims,
  senderBrand,
  senderSeveral,
  senderElsewhere,
  formInMail,
  htmlSmuggling,
  textCredentialLure,
  textIntent,
  textInvisible,
  textLookalikes,
  textAdvanceFee,
  headerMissing,
  headerDate,
];

/** What the offline checks notice in a mail, and what the model says of it where there is one. Pure: no network, no clock. */
export function checkMail(document: MailDocument, indicators: Indicators, model: Model | null = null): Finding[] {
  const { findings, facts } = examineMail(document, indicators);
  return model === null || facts === null ? findings : [...findings, ...modelVoice(model, facts)];
}

/** What the checks notice, and what a model would read; null where there is no mail. */
export function examineMail(
  document: MailDocument,
  indicators: Indicators,
): { findings: Finding[]; facts: MailFacts | null } {
  const look = lookAt(document, indicators);
  const findings = [...MAIL_CHECKS.flatMap((check) => check(look)), ...checkObservable(indicators)];
  return { findings, facts: mailFacts(look, findings) };
}
