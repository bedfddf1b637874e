import type { Asker } from '../ask.ts';
import { path } from '../path.ts';

/** What the cache is to forget. */
export interface CacheMethods {
  /** One answer: `key` as the namespace has it, `url:https://a.example/`; `tenant` for a part that is a tenant's own. */
  forget(
    namespace: string,
    key: string,
    options?: { tenant?: string | undefined },
    signal?: AbortSignal,
  ): Promise<void>;
  /** All answers of a part that go by a tag, of all tenants, `host:evil.example`; for an operator. */
  forgetTag(namespace: string, tag: string, signal?: AbortSignal): Promise<void>;
  /** A whole part, of all tenants; for an operator. */
  forgetAll(namespace: string, signal?: AbortSignal): Promise<void>;
}

export function cacheMethods({ tell }: Asker): CacheMethods {
  return {
    forget: async (namespace, key, { tenant } = {}, signal = undefined) =>
      tell({ method: 'DELETE', path: path`api/admin/cache/${namespace}/${key}`, query: { tenant }, signal }),
    forgetTag: async (namespace, tag, signal) =>
      tell({ method: 'DELETE', path: path`api/admin/cache/${namespace}/tags/${tag}`, signal }),
    forgetAll: async (namespace, signal) =>
      tell({ method: 'DELETE', path: path`api/admin/cache/${namespace}`, signal }),
  };
}
