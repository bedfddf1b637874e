import type { Attachment, AttachmentContent, ParsedMail, Place } from '@sluice/contracts';
import { kindOf, placeOfKind } from '../documents/kinds.ts';
import type { IndicatorCollector } from './collector.ts';
import { mailtoAddress } from './extract-html.ts';
import { extractFromText } from './extract-text.ts';
import type { MailLimits } from './limits.ts';
import { normaliseUrl } from './urls.ts';

/** Files inside files whose hashes are asked about: an archive of a thousand must not crowd out everything else. */
const MAX_INNER_HASHES = 15;
/** What nobody is harmed by: pictures and plain text inside of other files. */
const HARMLESS = new Set(['picture', 'text', 'calendar']);

/** What the attachments of a mail say, and their hashes: those of the mail itself first, then those inside of others. */
export function extractFromFiles(
  mail: ParsedMail,
  index: number,
  collector: IndicatorCollector,
  limits: MailLimits,
): void {
  for (const content of mail.contents ?? []) {
    const file = content.attachment === null ? undefined : mail.attachments[content.attachment];
    extractFromContent(content, file, { index, collector, limits });
  }
  const outer = mail.attachments.filter(({ via }) => via === undefined);
  const inner = mail.attachments.filter((file) => file.via !== undefined && !HARMLESS.has(kindOf(file) ?? ''));
  for (const { md5, sha1, sha256, fileName } of [...outer, ...inner.slice(0, MAX_INNER_HASHES)]) {
    collector.hash({ md5, sha1, sha256, fileName });
  }
}

type Extraction = { index: number; collector: IndicatorCollector; limits: MailLimits };

function extractFromContent(
  { attachment, text, links, codes }: AttachmentContent,
  file: Attachment | undefined,
  { index, collector, limits }: Extraction,
): void {
  const placeOf = (where: Place['where']): Place => ({
    mail: index,
    where,
    ...(attachment === null ? {} : { attachment }),
  });
  for (const code of codes ?? []) extractFromCode(code, placeOf('qr'), collector, limits);
  for (const { value, where, label } of links ?? []) {
    const address = mailtoAddress(value);
    if (address !== null) collector.address(address, '', 'link');
    const url = normaliseUrl(value);
    if (url !== null) collector.url(url, { ...placeOf(where), ...(label === undefined ? {} : { label }) });
  }
  if (text === undefined) return;
  const where = placeOfKind(file === undefined ? null : kindOf(file));
  extractFromText(text, placeOf(where), collector, limits);
}

/** Telephones open what a code says as an address, whatever the case of its scheme; everything else is read as text. */
function extractFromCode(code: string, place: Place, collector: IndicatorCollector, limits: MailLimits): void {
  const url = /^\s{0,5}https?:/i.test(code) ? normaliseUrl(code) : null;
  if (url === null) extractFromText(code, place, collector, limits);
  else collector.url(url, place);
}
