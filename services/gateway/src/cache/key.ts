import { createHash } from 'node:crypto';
import { cacheNamespace, ObservableKind, SluiceError } from '@sluice/contracts';
import { normalise, resourceId } from '@sluice/fleet/resources';

interface CacheKey {
  /** As it is given and, where that differs, in the normal form. */
  spellings: string[];
  /** Names it in the log, where no content of mails may stand: of a resource its id, else the first 16 digits of the SHA-256. */
  id: string;
}

/** A key as an operator writes it. Where the namespace holds resources and it names none: throws `bad-cache-key` or `bad-observable` (422). */
export function readCacheKey(namespace: string, text: string): CacheKey {
  if (cacheNamespace(namespace)?.holdsResources !== true) {
    return { spellings: [text], id: createHash('sha256').update(text).digest('hex').slice(0, 16) };
  }
  const [, kindText, value = ''] = /^([a-z]+):(.+)$/s.exec(text) ?? [];
  const kind = ObservableKind.safeParse(kindText);
  if (!kind.success) {
    const message = `A key of ${namespace} is a kind and a value, for example domain:evil.example.`;
    throw new SluiceError('bad-cache-key', message, { httpStatus: 422 });
  }
  const normal = normalise(kind.data, value);
  return { spellings: [...new Set([text, `${kind.data}:${normal}`])], id: resourceId(kind.data, normal) };
}
