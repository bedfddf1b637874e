import type { Finding, Indicators, MailDocument, ParsedMail, Place, UrlIndicator } from '@sluice/contracts';
import type { MailFacts } from '@sluice/judgement';
import { hostOfAddress } from '../mail/addresses.ts';
import { DEFANGED } from '../mail/defang.ts';
import { normaliseDomain } from '../mail/domains.ts';
import type { HtmlReading } from '../mail/html.ts';
import { readHtml } from '../mail/html.ts';
import { DEFAULT_MAIL_LIMITS } from '../mail/limits.ts';
import { asSeen } from './lookalikes.ts';

/** What the checks look at; prepared once for all of them. */
export type Look = { document: MailDocument; indicators: Indicators; mails: MailLook[] };

export type MailLook = {
  mail: ParsedMail;
  index: number;
  /** The plain part as it is written; empty where it only holds the source of a page. */
  plain: string;
  /** The source of the page; empty where there is none. */
  source: string;
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
/** Of the submitted mail, with what is known of its sender and links. */
export type FactCheck = (facts: MailFacts, mail: MailLook) => Finding[];
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

/** A page in the plain part: written there as it is, or left in a body that could not be divided into its parts. */
const PAGE_IN_PLAIN =
  /^\s{0,99}(?:--\S{1,200}\s{1,9}(?:[\w-]{3,40}:[^\n]{0,300}\n){1,9}\s{0,99})?(?=<(?:!doctype html|html|head|body|style|div|table|center)\b)/i;

function lookAtMail(mail: ParsedMail, index: number): MailLook {
  const { plain, source } = partsOf(mail);
  const html = source === '' ? null : readHtml(source, DEFAULT_MAIL_LIMITS.maxHtmlTags);
  const text = `${mail.subject ?? ''}\n${plain}\n${html?.text ?? ''}`.slice(0, MAX_WORD_CHARS);
  const fromHost = hostOfAddress(mail.from.find((from) => from.address !== '')?.address ?? '');
  const isList = isListMail(mail);
  const isBulk = isList || mail.headers.some(({ name, value }) => isBulkHeader(name, value));
  const words = asSeen(text).replace(/\s+/g, ' ').toLowerCase();
  const host = fromHost === null ? null : normaliseDomain(fromHost);
  return { mail, index, plain, source, html, words, fromHost: host, isList, isBulk };
}

/** A page that came as plain text is read as the page that it is. */
function partsOf({ text, html }: ParsedMail): Pick<MailLook, 'plain' | 'source'> {
  const plain = text ?? '';
  const front = PAGE_IN_PLAIN.exec(plain)?.[0];
  if (front === undefined) return { plain, source: html ?? '' };
  const [page = ''] = plain.slice(front.length).split(/(?<=<\/html>)/i, 1);
  return { plain: '', source: html ?? page };
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
