import type { Indicators, MailAddress, MailDocument, ParsedMail } from '@sluice/contracts';
import { readHtml } from '../mail/html.ts';
import { plain } from './plain.ts';
import { createRedactor, type Redactor } from './redact.ts';

/** What a model is shown of a mail. People, accounts and secrets are taken out; what is left is bounded. */
export interface RedactedMail {
  subject: string;
  fromName: string;
  fromDomain: string;
  replyToDomain: string;
  text: string;
  /** Where links lead and what they show. */
  links: { to: string; shown: string }[];
  attachments: { name: string; type: string }[];
}

const TEXT_CHARS = 6_000;
/** Redaction is paid for by the character, so that what can never be shown is cut before. */
const READ_CHARS = 16_000;
const HTML_CHARS = 64 * 1_024;
const HTML_TAGS = 2_000;
const LINKS = 20;
const ATTACHMENTS = 10;
const RECIPIENT_HEADERS: ReadonlySet<string> = new Set([
  'delivered-to',
  'envelope-to',
  'x-envelope-to',
  'x-original-to',
  'x-rcpt-to',
]);

/** The submitted mail only: what is attached to it is named, not shown. */
export function redactMail(document: MailDocument, indicators: Indicators): RedactedMail {
  const mail = document.mails[0];
  const redactor = createRedactor(document.mails.flatMap(recipientNames));
  const line = (text: string | null | undefined, maxChars: number) =>
    plain(redactor.text((text ?? '').slice(0, 4 * maxChars)), maxChars);
  return {
    subject: line(mail?.subject, 300),
    fromName: line(mail?.from[0]?.name, 120),
    fromDomain: domainOf(mail?.from[0], redactor),
    replyToDomain: domainOf(mail?.replyTo[0], redactor),
    text: mail === undefined ? '' : bodyOf(mail, redactor),
    links: indicators.urls.slice(0, LINKS).map(({ url, places }) => ({
      to: plain(redactor.url(url), 200),
      shown: line(places.find(({ label }) => label !== undefined)?.label, 100),
    })),
    attachments: (mail?.attachments ?? []).slice(0, ATTACHMENTS).map(({ fileName, declaredType, detectedType }) => ({
      name: fileNameOf(fileName, line),
      type: plain(detectedType ?? declaredType, 80),
    })),
  };
}

function recipientNames(mail: ParsedMail): string[] {
  const addressed = [...mail.to, ...mail.cc].flatMap(({ address, name }) => [name, localPart(address)]);
  const delivered = mail.headers
    .filter(({ name }) => RECIPIENT_HEADERS.has(name))
    .map(({ value }) => localPart(value.replaceAll(/[<>]/g, '').trim()));
  return [...addressed, ...delivered].map((name) => name.replaceAll(/\S+@\S+/g, ' ').slice(0, 200));
}

function localPart(address: string): string {
  const at = address.lastIndexOf('@');
  return at < 0 ? address : address.slice(0, at);
}

function domainOf(address: MailAddress | undefined, redactor: Redactor): string {
  if (address === undefined) return '';
  const at = address.address.lastIndexOf('@');
  return at < 0 ? '' : plain(redactor.domain(address.address.slice(at + 1, at + 254)), 253);
}

function fileNameOf(fileName: string | null, line: (text: string, maxChars: number) => string): string {
  const name = fileName ?? '';
  const [extension = ''] = /(?:\.[a-z0-9]{1,8}){1,3}$/i.exec(name) ?? [];
  return line(name.slice(0, name.length - extension.length), 100) + extension;
}

function bodyOf(mail: ParsedMail, redactor: Redactor): string {
  const hasText = mail.text !== null && mail.text.trim() !== '';
  const body = hasText ? mail.text : readHtml((mail.html ?? '').slice(0, HTML_CHARS), HTML_TAGS).text;
  const text = (body ?? '')
    .slice(0, READ_CHARS)
    .replaceAll(/[^\S\n]+/g, ' ')
    .replaceAll(/\s*\n\s*/g, '\n')
    .trim();
  const redacted = redactor.text(text);
  return redacted.length <= TEXT_CHARS ? redacted : `${redacted.slice(0, TEXT_CHARS).replace(/[\ud800-\udbff]$/, '')}…`;
}
