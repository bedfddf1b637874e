import type { ObservableKind } from '@sluice/contracts';

/** What a text is: a link, an address, a hash or a domain. Defanged forms count as well. Pure. */
export function kindOf(text: string): ObservableKind {
  const value = text.trim();
  if (/^[0-9a-f]{32}$|^[0-9a-f]{40}$|^[0-9a-f]{64}$/i.test(value)) return 'hash';
  if (/^\d{1,3}(\[?\.\]?\d{1,3}){3}$/.test(value) || /^[0-9a-f]*:[0-9a-f:.]+$/i.test(value)) return 'ip';
  if (/^[a-z]+:\/\//i.test(value) || value.includes('/')) return 'url';
  return 'domain';
}
