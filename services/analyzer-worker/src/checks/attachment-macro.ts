import type { Attachment } from '@sluice/contracts';
import type { MailCheck } from './look.ts';
import { findingFrom, quoteOf } from './finding.ts';

const NAME = /\.(?:doc|dot|xls|xlt|ppt|pot|pps|sld)m$|\.(?:xlsb|xlam|ppam|xla|ppa)$/i;
const DETECTED = /^(?:docm|dotm|xlsm|xltm|pptm|potm|ppsm)$/;
const DECLARED =
  /^application\/vnd\.ms-[a-z]+(?:\.[a-z]+)*\.macroenabled\.12$|^application\/vnd\.ms-excel\.sheet\.binary/i;

/** Office files of the kinds that exist to carry macros, by name, by what the mail says and by their bytes; and any with a macro in it. */
export const attachmentMacro: MailCheck = ({ document }) => {
  const hits = document.mails.flatMap((mail) => mail.attachments).filter(carriesMacros);
  const isHidden = hits.some((found) => !isMacroName(found.fileName ?? ''));
  return findingFrom({
    id: 'attachment.macro-document',
    severity: 'high',
    weight: isHidden ? 60 : 50,
    category: 'malware',
    title: 'An attached document carries macros',
    explanation: 'Macros are programs inside a document. They are the usual way for a document to harm a computer.',
    evidence: hits.map((found) =>
      quoteOf('attachment', `${found.fileName ?? 'unnamed'} (${found.detectedType ?? found.declaredType})`),
    ),
  });
};

export function isMacroName(name: string): boolean {
  return NAME.test(name.trim());
}

function carriesMacros({ fileName, declaredType, detectedExtension, features }: Attachment): boolean {
  if (features?.includes('macro') === true) return true;
  return isMacroName(fileName ?? '') || DECLARED.test(declaredType.trim()) || DETECTED.test(detectedExtension ?? '');
}
