import type { MailCheck } from './look.ts';
import { findingFrom, quoteOf } from './finding.ts';

const HARMLESS_THEN_OTHER =
  /\.(?:pdf|docx?|xlsx?|pptx?|jpe?g|png|gif|txt|rtf|csv|mp[34])[\s_.]{0,100}\.(?:exe|scr|com|pif|js|jse|vbs|vbe|wsf|hta|bat|cmd|ps1|lnk|jar|html?|shtml|iso|img|zip|rar|7z|ace|gz)$/i;
const RIGHT_TO_LEFT = /[\u202a-\u202e\u2066-\u2069]/;

export const attachmentDoubleExtension: MailCheck = ({ document }) =>
  findingFrom({
    id: 'attachment.double-extension',
    severity: 'high',
    weight: 50,
    category: 'malware',
    title: "An attachment's name hides its kind",
    explanation:
      'The name seems to end in a harmless kind of file, but the real ending is another one that Windows may not show.',
    evidence: document.mails
      .flatMap((mail) => mail.attachments.map((attachment) => (attachment.fileName ?? '').slice(-250)))
      .filter((name) => HARMLESS_THEN_OTHER.test(name) || RIGHT_TO_LEFT.test(name))
      .map((name) => quoteOf('attachment', name)),
  });
