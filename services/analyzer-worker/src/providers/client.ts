import { createHash } from 'node:crypto';
import { fromErrorInfo, type ProviderAnswer, SluiceError, toErrorInfo } from '@sluice/contracts';
import { type Lease, type QuotaUse, type Report, reservedUse, withQuota } from '@sluice/fleet/rate-limit';
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
  /** The quota's name in its line. */
  line: string;
  /** The slot that the line holds for the question, null where nobody waits. Throws `quota-exhausted` where others do: nobody overtakes the line. */
  redeem: (question: string) => Promise<Lease | null>;
  /** Closes the quota until the moment (epoch ms). */
  block: (untilMs: number) => Promise<void>;
  /** Believes what the provider says of its limits, as far as it is less than what is known. */
  believe: (said: Report) => Promise<unknown>;
  /** Ends every call: the service stops. A caller's own signal does not, for others may wait for the same answer. */
  stopping: AbortSignal;
}

/** Refusals that a place in the quota's line heals. */
const LINED_UP = new Set(['quota-exhausted', 'provider-refused', 'provider-down']);

/**
 * Binds HTTP to a quota. Throws what `createHttp` and `withQuota` throw; where there is no slot the error says what the question waits for, so that everybody
 * who wants its answer, in whatever process, can line up for it.
 */
export function createAsk({ http, quota, line, redeem, block, believe, stopping }: AskConfig): Ask {
  return async (question, read) => {
    const id = questionId(question);
    const asking = async () => {
      const use = reservedUse(quota, await redeem(id));
      return withQuota(use, ({ signal }) => http(question, read, signal), { signal: stopping });
    };
    const reply = await asking().catch((error: unknown) => {
      if (!(error instanceof SluiceError && LINED_UP.has(error.code))) throw error;
      throw fromErrorInfo({ ...toErrorInfo(error), waitsFor: { quota: line, question: id } });
    });
    // The answer counts also where Redis cannot be told.
    if (reply.usedUpUntilMs !== undefined) await block(reply.usedUpUntilMs).catch(() => undefined);
    if (reply.quota !== undefined) await believe(reply.quota).catch(() => undefined);
    return reply.value;
  };
}

/** What is asked, without saying it: the same call has the same id. */
function questionId({ url, body }: Question): string {
  const text = `${url.pathname}${url.search} ${body === undefined ? '' : JSON.stringify(body)}`;
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
