import type { Attachment } from '@sluice/contracts';
import type { MailCheck } from './look.ts';
import { findingFrom, quoteOf } from './finding.ts';

/** What a name promises, and the signatures that keep the promise. Office files are ZIP or OLE containers inside. */
const PROMISES: readonly { name: RegExp; kept: RegExp }[] = [
  { name: /\.pdf$/i, kept: /^pdf$/ },
  { name: /\.(?:jpe?g|png|gif|bmp|tiff?|webp)$/i, kept: /^(?:jpg|png|gif|bmp|tif|webp|apng|heic|avif)$/ },
  { name: /\.(?:docx?|xlsx?|pptx?|rtf)$/i, kept: /^(?:docx|xlsx|pptx|docm|xlsm|pptm|zip|cfb|rtf|xml|doc|xls|ppt)$/ },
  { name: /\.txt$/i, kept: /^(?:$)/ },
];

export const attachmentDisguised: MailCheck = ({ document }) =>
  findingFrom({
    id: 'attachment.disguised',
    severity: 'high',
    weight: 50,
    category: 'malware',
    title: 'An attachment is not what its name says',
    explanation:
      'The name of the file promises one kind of content, but the file holds another. Harmless files have no reason for it.',
    evidence: document.mails
      .flatMap((mail) => mail.attachments)
      .filter(breaksPromise)
      .map((found) => quoteOf('attachment', `${found.fileName ?? ''} is ${found.detectedType ?? ''}`)),
  });

function breaksPromise(attachment: Attachment): boolean {
  const { detectedExtension, fileName } = attachment;
  if (detectedExtension === null || fileName === null) return false;
  const promise = PROMISES.find(({ name }) => name.test(fileName.trim()));
  return promise !== undefined && !promise.kept.test(detectedExtension);
}
