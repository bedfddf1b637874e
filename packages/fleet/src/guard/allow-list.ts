import { z } from 'zod';
import { canonicalAddress, classifyAddress, isAddress } from './addresses.ts';

/** Exact `address port` pairs that may be connected to although they are not public. */
export type AllowList = ReadonlySet<string>;

/** A setting that names such pairs; none where nothing is said. */
export const allowListSetting = z
  .string()
  .transform((text, context): AllowList => {
    const { allow, faults } = parseAllowList(text);
    for (const fault of faults) context.addIssue({ code: 'custom', message: fault });
    return allow;
  })
  .prefault('');

/** Nothing but public addresses: what a deployment runs with. */
const ALLOW_NONE: AllowList = new Set();

/**
 * Reads a setting like `127.0.0.1:8080,[::1]:8443`, or an empty text. Only loopback and private literals with an exact port:
 * no names, no ranges, never a metadata or link-local address. Every fault is named; with a fault the list is empty. Never throws.
 */
export function parseAllowList(text: string): { allow: AllowList; faults: string[] } {
  const faults: string[] = [];
  const keys = new Set<string>();
  for (const item of text.split(',').map((part) => part.trim())) {
    if (item === '' && text.trim() === '') continue;
    const entry = parseEntry(item);
    if ('fault' in entry) faults.push(entry.fault);
    else keys.add(entry.key);
  }
  return { allow: faults.length > 0 ? ALLOW_NONE : keys, faults };
}

export function permits(allow: AllowList, address: string, port: number): boolean {
  return allow.has(keyOf(address, port));
}

function keyOf(address: string, port: number): string {
  return `${canonicalAddress(address)} ${port}`;
}

function parseEntry(item: string): { key: string } | { fault: string } {
  const fault = (why: string) => ({ fault: `"${item}": ${why}` });
  const parts = /^(?:\[([^\]]*)\]|([^:[\]]*)):(\d+)$/.exec(item);
  if (!parts) return fault('must be ADDRESS:PORT, an IPv6 address in brackets');
  const address = parts[1] ?? parts[2] ?? '';
  const port = Number(parts[3]);
  if (!isAddress(address)) return fault('must name an IP address, not a host');
  if (port < 1 || port > 65_535) return fault('the port must be 1 to 65535');
  const found = classifyAddress(address);
  if (found === 'public') return fault('a public address needs no permission');
  if (found !== 'loopback' && found !== 'private') return fault(`a ${found} address is never permitted`);
  return { key: keyOf(address, port) };
}
