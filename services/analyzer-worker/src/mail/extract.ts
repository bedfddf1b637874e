import type { Indicators, MailDocument, ParsedMail, ReceivedHop } from '@sluice/contracts';
import type { IndicatorCollector } from './collector.ts';
import { createIndicatorCollector } from './collector.ts';
import { extractFromHtml } from './extract-html.ts';
import { extractFromFiles } from './extract-files.ts';
import { extractFromText } from './extract-text.ts';
import { findIps } from './ips.ts';
import type { MailLimits } from './limits.ts';
import { DEFAULT_MAIL_LIMITS } from './limits.ts';
import { readReceived } from './received.ts';
import { markedWords, scanText } from './text.ts';
import { normaliseUrl } from './urls.ts';

/** Headers whose links a person can follow or that name where the mail came from. */
const LINK_HEADERS = new Set(['subject', 'list-unsubscribe', 'list-help', 'x-unsubscribe-web']);
const ORIGIN_HEADERS = new Set(['x-originating-ip', 'x-sender-ip', 'x-source-ip', 'x-client-ip', 'x-forwarded-for']);

/**
 * Everything in the mails that can be asked about: links, domains, addresses, hashes, hops. Each once, with its places.
 *
 * Links that a person can follow come before those that a mail program loads by itself. Never throws on what the mails hold.
 */
export function extractIndicators(document: MailDocument, limits: MailLimits = DEFAULT_MAIL_LIMITS): Indicators {
  const collector = createIndicatorCollector(limits);
  const received = document.mails.map((mail) => receivedOf(mail, limits));
  document.mails.forEach((mail, index) => extractFromMail(mail, index, received[index] ?? [], collector, limits));
  return collector.result(received[0] ?? []);
}

function extractFromMail(
  mail: ParsedMail,
  index: number,
  received: readonly ReceivedHop[],
  collector: IndicatorCollector,
  limits: MailLimits,
): void {
  extractFromHeaders(mail, index, received, collector);
  if (mail.html !== null) extractFromHtml(mail.html, index, collector, limits);
  if (mail.text !== null) extractFromText(mail.text, { mail: index, where: 'text' }, collector, limits);
  extractFromFiles(mail, index, collector, limits);
}

function extractFromHeaders(
  mail: ParsedMail,
  index: number,
  received: readonly ReceivedHop[],
  collector: IndicatorCollector,
): void {
  extractAddresses(mail, collector);
  const messageHost = mail.messageId?.replace(/>.*$/, '').split('@').at(-1);
  if (messageHost !== undefined) collector.domain(messageHost, 'message-id');
  for (const { name, value } of mail.headers) {
    if (LINK_HEADERS.has(name)) extractHeaderLinks(name, value, index, collector);
    if (ORIGIN_HEADERS.has(name)) for (const { ip } of findIps(value, 10)) collector.ip(ip, 'header');
  }
  for (const hop of received) {
    if (hop.fromIp !== null) collector.ip(hop.fromIp, 'received');
    for (const host of [hop.from, hop.by]) if (host !== null) collector.domain(host, 'received');
  }
}

function extractHeaderLinks(name: string, value: string, mail: number, collector: IndicatorCollector): void {
  for (const raw of scanText(markedWords(value), 20).urls) {
    const url = normaliseUrl(raw);
    if (url !== null) collector.url(url, { mail, where: 'header', label: name });
  }
}

function extractAddresses(mail: ParsedMail, collector: IndicatorCollector): void {
  for (const { address, name } of mail.from) collector.address(address, name, 'from');
  if (mail.sender !== null) collector.address(mail.sender.address, mail.sender.name, 'sender');
  for (const { address, name } of mail.replyTo) collector.address(address, name, 'reply-to');
  if (mail.returnPath !== null) collector.address(mail.returnPath, '', 'return-path');
  for (const { address, name } of mail.to) collector.address(address, name, 'to');
  for (const { address, name } of mail.cc) collector.address(address, name, 'cc');
}

function receivedOf(mail: ParsedMail, limits: MailLimits): ReceivedHop[] {
  const values = mail.headers.filter((header) => header.name === 'received').map((header) => header.value);
  return readReceived(values.slice(0, limits.maxHops));
}
