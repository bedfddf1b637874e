import type { MailAddress } from '@sluice/contracts';
import { addressParser } from 'postal-mime';

const MAX_HEADER_CHARS = 64 * 1024;
const MAX_ADDRESSES = 500;
const MAX_ADDRESS_CHARS = 320;
const MAX_NAME_CHARS = 500;

/** The addresses of a raw header value, groups dissolved; at most 500. A name without an address is kept with an empty one. */
export function parseAddresses(value: string): MailAddress[] {
  try {
    return addressParser(value.slice(0, MAX_HEADER_CHARS), { flatten: true })
      .slice(0, MAX_ADDRESSES)
      .map((entry) => ({
        address: (entry.address ?? '').trim().slice(0, MAX_ADDRESS_CHARS),
        name: entry.name.trim().slice(0, MAX_NAME_CHARS),
      }))
      .filter((entry) => entry.address !== '' || entry.name !== '');
  } catch {
    return [];
  }
}

/** The part after the last `@`, lower case; null where the address has none. */
export function hostOfAddress(address: string): string | null {
  const at = address.lastIndexOf('@');
  const host = address
    .slice(at + 1)
    .replace(/>$/, '')
    .toLowerCase();
  return at < 1 || host === '' ? null : host;
}
