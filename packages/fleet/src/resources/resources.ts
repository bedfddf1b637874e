import { createHash } from 'node:crypto';
import type { ObservableKind, Resource, ResourceId } from '@sluice/contracts';

/** The same for the same kind and value in every process. */
export function resourceId(kind: ObservableKind, value: string): ResourceId {
  return createHash('sha256').update(`${kind} ${value}`).digest('hex').slice(0, 16);
}

/** A resource under its id. The value must be normalised already, or the same thing is asked about twice. */
export function resourceOf(kind: ObservableKind, value: string): Resource {
  return { id: resourceId(kind, value), kind, value };
}

/**
 * The tag that cached answers about a resource go by, so that all about a host can be forgotten at once: `host:` and the domain or the address of a URL, or the one
 * that it is. None of a hash. The value must be normalised.
 */
export function hostTag({ kind, value }: Omit<Resource, 'id'>): string | null {
  if (kind === 'hash') return null;
  const host = kind === 'url' ? new URL(value).hostname.replace(/^\[(.*)\]$/, '$1') : value;
  return `host:${host}`;
}
