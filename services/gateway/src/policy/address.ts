import { domainToASCII } from 'node:url';

/** RFC 5321 (4.5.3.1): 64 before the @, 255 behind it. */
const LONGEST_ADDRESS_CHARS = 320;
/** Beyond these a name is nothing that may be rewritten: an escape would become another domain. */
const DOMAIN = /^[\w.\-\u0080-\u{10ffff}]+$/u;

/** One address, in the forms that it may be entered by. */
export interface AddressForms {
  /** Its normal form: lower case, NFC, the domain in ASCII. */
  address: string;
  /** Without its tag; the address itself where it has none. */
  mailbox: string;
  /** `@domain`: all of the domain; null for a local name alone, as `postmaster`. */
  domain: string | null;
}

/** Null: this is no address. `tag` is what begins the part of a local name that is its owner's own choice. */
export function formsOf(written: string, tag: string | null): AddressForms | null {
  if (written === '' || written.length > LONGEST_ADDRESS_CHARS || /\p{Cc}|\p{Cs}|\ufffd/u.test(written)) return null;
  const at = written.lastIndexOf('@');
  if (at < 0) return formsOfParts(written, null, tag);
  const domain = normalDomain(written.slice(at + 1));
  return domain === '' || at === 0 ? null : formsOfParts(written.slice(0, at), `@${domain}`, tag);
}

/** An entry of `mail_addresses` as it is stored: an address, or `@domain`. Null: it is neither. */
export function normalEntry(written: string): string | null {
  const isDomain = written.startsWith('@');
  const forms = formsOf(isDomain ? `any${written}` : written, null);
  if (forms === null || forms.domain === null) return null;
  if (!/^@[^.@\s]+(\.[^.@\s]+)*$/.test(forms.domain)) return null;
  return isDomain ? forms.domain : forms.address;
}

function formsOfParts(writtenLocal: string, domain: string | null, tag: string | null): AddressForms {
  const local = writtenLocal.normalize('NFC').toLowerCase();
  const at = tag === null || local.startsWith('"') ? -1 : local.indexOf(tag, 1);
  const suffix = domain ?? '';
  return { address: local + suffix, mailbox: (at < 0 ? local : local.slice(0, at)) + suffix, domain };
}

function normalDomain(written: string): string {
  const plain = written.toLowerCase();
  // In the end, for other scripts have full stops of their own.
  return ((DOMAIN.test(plain) && domainToASCII(plain)) || plain).replace(/\.+$/, '');
}
