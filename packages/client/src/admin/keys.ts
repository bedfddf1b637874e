import { ApiKeyPage, type ApiKeyView, CreatedApiKey, type NewApiKey } from '@sluice/contracts';
import type { Asker, Sent } from '../ask.ts';
import { type List, listOf } from '../pages.ts';
import { path } from '../path.ts';

const KEYS = 'api/admin/keys';

/** API keys: an admin has those of the own tenant, an operator those of all. */
export interface KeyMethods extends List<ApiKeyView, { tenant?: string | undefined }> {
  /** The answer is the only one that shows the key. It is not tried again when it is lost: that would make another key. */
  create(key: Sent<typeof NewApiKey>, signal?: AbortSignal): Promise<CreatedApiKey>;
  /** A new key in the place of this one, which stays valid for `graceSeconds` (a day). */
  rotate(id: string, options?: { graceSeconds?: number | undefined }, signal?: AbortSignal): Promise<CreatedApiKey>;
  revoke(id: string, signal?: AbortSignal): Promise<void>;
}

export function keyMethods({ ask, tell }: Asker): KeyMethods {
  return {
    ...listOf((query, signal) => ask(ApiKeyPage, { method: 'GET', path: KEYS, query: { ...query }, signal })),
    create: (key, signal) => ask(CreatedApiKey, { method: 'POST', path: KEYS, json: key, signal, isRepeatable: false }),
    rotate: async (id, options = {}, signal = undefined) =>
      ask(CreatedApiKey, {
        method: 'POST',
        path: path`api/admin/keys/${id}/rotate`,
        json: options,
        signal,
        isRepeatable: false,
      }),
    revoke: async (id, signal) => tell({ method: 'DELETE', path: path`api/admin/keys/${id}`, signal }),
  };
}
