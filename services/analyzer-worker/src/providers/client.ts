import type { ProviderAnswer } from '@sluice/contracts';
import { type QuotaUse, withQuota } from '@sluice/fleet/rate-limit';
import type { BareResource } from './answer.ts';
import type { Http, Question, Read } from './http.ts';

/** A provider that is asked about resources. */
export interface Client {
  /** Null: the provider does not know the resource. */
  lookup(resource: BareResource): Promise<ProviderAnswer | null>;
}

export interface ClientConfig {
  baseUrl: string;
  apiKey: string;
  ask: Ask;
}

/** One call in a booked slot; null where the vendor says that it does not know. */
export type Ask = <T>(question: Question, read: Read<T>) => Promise<T | null>;

interface AskConfig {
  http: Http;
  quota: QuotaUse;
  /** Closes the quota until the moment (epoch ms). */
  block: (untilMs: number) => Promise<void>;
  /** Ends every call: the service stops. A caller's own signal does not, for others may wait for the same answer. */
  stopping: AbortSignal;
}

/** Binds HTTP to a quota. Throws what `createHttp` and `withQuota` throw. */
export function createAsk({ http, quota, block, stopping }: AskConfig): Ask {
  return async (question, read) => {
    const reply = await withQuota(quota, ({ signal }) => http(question, read, signal), { signal: stopping });
    // The answer counts also where Redis cannot be told.
    if (reply.usedUpUntilMs !== undefined) await block(reply.usedUpUntilMs).catch(() => undefined);
    return reply.value;
  };
}
