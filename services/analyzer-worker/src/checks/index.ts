import type { Finding, Indicators, MailDocument } from '@sluice/contracts';
import type { MailFacts, Model } from '@sluice/judgement';
import { attachmentDangerous } from './attachment-dangerous.ts';
import { attachmentDisguised } from './attachment-disguised.ts';
import { attachmentDoubleExtension } from './attachment-double-extension.ts';
import { attachmentFeatures } from './attachment-features.ts';
import { attachmentMacro } from './attachment-macro.ts';
import { brandStrays } from './brand-strays.ts';
import { formInMail } from './form-in-mail.ts';
import { headerDate } from './header-date.ts';
import { headerMissing } from './header-missing.ts';
import { htmlSmuggling } from './html-smuggling.ts';
import { linksAtBrand } from './links-at-brand.ts';
import { linkTextMismatch } from './link-text-mismatch.ts';
import { checkObservable } from './indicator-checks.ts';
import type { FactCheck, MailCheck } from './look.ts';
import { lookAt } from './look.ts';
import { mailFacts } from './mail-facts.ts';
import { modelVoice } from './model-voice.ts';
import { nothingToFollow } from './nothing-to-follow.ts';
import { qrLink } from './qr-link.ts';
import { senderBrand } from './sender-brand.ts';
import { senderElsewhere } from './sender-elsewhere.ts';
import { senderNameClaims } from './sender-name-claims.ts';
import { senderReplyElsewhere } from './sender-reply-elsewhere.ts';
import { senderSeveral } from './sender-several.ts';
import { textAdvanceFee } from './text-advance-fee.ts';
import { textCallBack } from './text-call-back.ts';
import { textCredentialLure } from './text-credential-lure.ts';
import { textExtortion } from './text-extortion.ts';
import { textIntent } from './text-intent.ts';
import { textInvisible } from './text-invisible.ts';
import { textLookalikes } from './text-lookalikes.ts';
import { textUnfilled } from './text-unfilled.ts';

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
  textExtortion,
  textUnfilled,
  textInvisible,
  textLookalikes,
  textAdvanceFee,
  headerMissing,
  headerDate,
];

/** These need to know whose the links are. */
const FACT_CHECKS: readonly FactCheck[] = [brandStrays, textCallBack, nothingToFollow, linksAtBrand];

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
  const noticed = [...MAIL_CHECKS.flatMap((check) => check(look)), ...checkObservable(indicators)];
  const facts = mailFacts(look);
  const [outer] = look.mails;
  if (facts === null || outer === undefined) return { findings: noticed, facts: null };
  return { findings: [...noticed, ...FACT_CHECKS.flatMap((check) => check(facts, outer))], facts };
}
