import type { Answer, Scope } from './answer.ts';
import type { Namespace } from './cache.ts';

/**
 * `fn` behind the cache: it runs only for a resource whose answer no tier holds and nobody is asking for. Null means that the
 * resource is not known. What spends a quota goes inside: `cached(namespace, (url) => withQuota(use, …))`.
 */
export function cached<T>(
  namespace: Pick<Namespace<T>, 'getOrAsk'>,
  fn: (resource: string, scope: Scope, signal: AbortSignal) => Promise<T | null>,
): (resource: string, scope?: Scope) => Promise<Answer<T>> {
  return (resource, scope = {}) => namespace.getOrAsk(resource, (signal) => fn(resource, scope, signal), scope);
}
