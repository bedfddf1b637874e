import { BlobRef, Provider, ResourceId } from '@sluice/contracts';

const MOST_DEPTH = 6;
const HIDDEN = '…';

/** What a dead letter keeps of a task's payload: references, names of providers, numbers and switches. What may be content of a mail is not shown. */
export function referencesOf(payload: unknown, depth = 0): unknown {
  if (payload === null || typeof payload === 'number' || typeof payload === 'boolean') return payload;
  if (typeof payload === 'string') return isReference(payload) ? payload : HIDDEN;
  if (typeof payload !== 'object' || depth >= MOST_DEPTH) return HIDDEN;
  if (Array.isArray(payload)) return payload.map((item) => referencesOf(item, depth + 1));
  return Object.fromEntries(Object.entries(payload).map(([name, value]) => [name, referencesOf(value, depth + 1)]));
}

function isReference(text: string): boolean {
  return [BlobRef, ResourceId, Provider].some((kind) => kind.safeParse(text).success);
}
