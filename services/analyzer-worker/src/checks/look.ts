import type { Finding, Indicators, MailDocument, ParsedMail, Place, UrlIndicator } from '@sluice/contracts';
import { hostOfAddress } from '../mail/addresses.ts';
import { DEFANGED } from '../mail/defang.ts';
import { normaliseDomain } from '../mail/domains.ts';
import type { HtmlReading } from '../mail/html.ts';
import { readHtml } from '../mail/html.ts';
import { DEFAULT_MAIL_LIMITS } from '../mail/limits.ts';
import { foldLookalikes } from './lookalikes.ts';

/** What the checks look at; prepared once for all of them. */
export type Look = { document: MailDocument; indicators: Indicators; mails: MailLook[] };

export type MailLook = {
  mail: ParsedMail;
  index: number;
  html: HtmlReading | null;
  /** What a person reads: subject and bodies, in lower case, letters as they look, runs of white space as one space. */
  words: string;
  /** The host of the first From address, in punycode. */
  fromHost: string | null;
  /** True for what mailing lists and bulk senders put into a mail; anyone can write it, so it only lowers weights. */
  isList: boolean;
  /** The same for anything that says it goes to many: lists, newsletters, automatic mail. */
  isBulk: boolean;
};

export type MailCheck = (look: Look) => Finding[];
export type IndicatorCheck = (indicators: Indicators) => Finding[];

const MAX_WORD_CHARS = 200_000;
/** Where a person can follow a link. */
const FOLLOWED: ReadonlySet<Place['where']> = new Set([
  'text',
  'html-link',
  'html-image-link',
  'html-area',
  'html-form',
  'html-refresh',
  'html-text',
  'data-uri',
  'attachment',
  'attachment-pdf',
  'attachment-document',
  'attachment-html',
  'attachment-text',
  'calendar',
  'qr',
  'input',
]);

export function lookAt(document: MailDocument, indicators: Indicators): Look {
  return { document, indicators, mails: document.mails.map(lookAtMail) };
}

function lookAtMail(mail: ParsedMail, index: number): MailLook {
  const html = mail.html === null ? null : readHtml(mail.html, DEFAULT_MAIL_LIMITS.maxHtmlTags);
  const text = `${mail.subject ?? ''}\n${mail.text ?? ''}\n${html?.text ?? ''}`.slice(0, MAX_WORD_CHARS);
  const fromHost = hostOfAddress(mail.from.find((from) => from.address !== '')?.address ?? '');
  const isList = isListMail(mail);
  const isBulk = isList || mail.headers.some(({ name, value }) => isBulkHeader(name, value));
  const words = foldLookalikes(text)
    .normalize('NFKC')
    .replace(/[\u00ad\u200b-\u200d\u2060\ufeff]/g, '')
    .replace(/\s+/g, ' ')
    .toLowerCase();
  return { mail, index, html, words, fromHost: fromHost === null ? null : normaliseDomain(fromHost), isList, isBulk };
}

/** True for what mailing lists put into a mail; anyone can write it. */
export function isListMail(mail: ParsedMail): boolean {
  return mail.headers.some(({ name }) => name === 'list-id' || name === 'list-post');
}

function isBulkHeader(name: string, value: string): boolean {
  if (name === 'precedence') return /^\s*(?:bulk|list|junk)\b/i.test(value);
  return /^(?:list-(?:unsubscribe|help|subscribe|owner)|x-mailing-list|mailing-list|x-mailman-version)$/.test(name);
}

/** A defanged link is quoted by those who warn of it more than by those who lay it out. */
export function isFollowed(url: UrlIndicator): boolean {
  return url.places.some((place) => FOLLOWED.has(place.where) && place.label !== DEFANGED);
}

export function isWeb(url: UrlIndicator): boolean {
  return url.scheme === 'http' || url.scheme === 'https';
}
