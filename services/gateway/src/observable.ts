import { domainToASCII } from 'node:url';
import { type ObservableKind, ObservableScanInput, SluiceError } from '@sluice/contracts';
import ipaddr from 'ipaddr.js';
import { parse as parseDomain } from 'tldts';

/** Undoes the usual defanging: `hxxp`, `[.]`, `(.)`, `{.}`, `[dot]`, `[:]`, `[://]`. */
function refang(text: string): string {
  return text
    .trim()
    .replace(/^hxxp/i, 'http')
    .replace(/\[\.\]|\(\.\)|\{\.\}|\[dot\]|\(dot\)/gi, '.')
    .replace(/\[(:(?:\/\/)?)\]/g, '$1');
}

function bad(type: ObservableKind, wanted: string): SluiceError {
  return new SluiceError('bad-observable', `The ${type} is not ${wanted}.`, { httpStatus: 422 });
}

function normaliseUrl(text: string): string {
  const url = URL.parse(refang(text));
  if (url === null || !['http:', 'https:'].includes(url.protocol)) throw bad('url', 'an http or https URL');
  return url.href;
}

function normaliseDomain(text: string): string {
  const domain = domainToASCII(refang(text).replace(/\.$/, '').toLowerCase());
  const parsed = parseDomain(domain, { allowPrivateDomains: true });
  if (domain === '' || parsed.isIp === true || parsed.hostname !== domain || parsed.publicSuffix === null) {
    throw bad('domain', 'a domain name');
  }
  return domain;
}

/** A zone (`fe80::1%eth0`) means something on one machine only. */
function isIpv6(text: string): boolean {
  return ipaddr.IPv6.isValid(text) && !text.includes('%');
}

function normaliseIp(text: string): string {
  const refanged = refang(text);
  if (!ipaddr.IPv4.isValidFourPartDecimal(refanged) && !isIpv6(refanged)) {
    throw bad('ip', 'an IPv4 or IPv6 address');
  }
  return ipaddr.parse(refanged).toString();
}

function normaliseHash(text: string): string {
  const hash = text.trim().toLowerCase();
  if (!/^(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})$/.test(hash))
    throw bad('hash', 'an MD5, SHA-1 or SHA-256 in hexadecimal');
  return hash;
}

const NORMALISERS = { url: normaliseUrl, domain: normaliseDomain, ip: normaliseIp, hash: normaliseHash };

/** An observable in the one form that the fleet knows it by. Throws `bad-observable` (422). */
export function normaliseObservable(type: ObservableKind, value: string): ObservableScanInput {
  const parsed = ObservableScanInput.safeParse({ type, value: NORMALISERS[type](value) });
  if (parsed.success) return parsed.data;
  throw bad(type, 'short enough: in its normal form it may have 4096 characters');
}
