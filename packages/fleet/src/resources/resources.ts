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
