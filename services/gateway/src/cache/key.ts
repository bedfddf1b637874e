import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import { cacheNamespace, ObservableKind, SluiceError } from '@sluice/contracts';
import { hostTag, normalise, resourceId } from '@sluice/fleet/resources';

/** Names keys and tags in the log, where no content of mails may stand: of a resource its id, else the first 16 digits of the SHA-256. */
const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);

interface CacheKey {
  /** As it is given and, where that differs, in the normal form. */
  spellings: string[];
  id: string;
}

/** A key as an operator writes it. Where the namespace holds resources and it names none: throws `bad-cache-key` or `bad-observable` (422). */
export function readCacheKey(namespace: string, text: string): CacheKey {
  if (!holdsResources(namespace)) return { spellings: [text], id: digestOf(text) };
  const [, kindText, value = ''] = /^([a-z]+):(.+)$/s.exec(text) ?? [];
  const kind = ObservableKind.safeParse(kindText);
  if (!kind.success) throw badKey(`A key of ${namespace} is a kind and a value, for example domain:evil.example.`);
  const normal = normalise(kind.data, value);
  return { spellings: [...new Set([text, `${kind.data}:${normal}`])], id: resourceId(kind.data, normal) };
}

/** A tag as an operator writes it. Where the namespace holds resources and it names no host: throws as for a key. */
export function readCacheTag(namespace: string, text: string): { tag: string; id: string } {
  if (!holdsResources(namespace)) return { tag: text, id: digestOf(text) };
  const [, host] = /^host:(.+)$/s.exec(text) ?? [];
  if (host === undefined) throw badKey(`A tag of ${namespace} is a host, for example host:evil.example.`);
  const kind = isIP(host.replace(/^\[(.*)\]$/, '$1')) === 0 ? 'domain' : 'ip';
  const value = normalise(kind, host);
  return { tag: hostTag({ kind, value }) ?? text, id: resourceId(kind, value) };
}

const holdsResources = (namespace: string): boolean => cacheNamespace(namespace)?.holdsResources === true;

function badKey(message: string): SluiceError {
  return new SluiceError('bad-cache-key', message, { httpStatus: 422 });
}
