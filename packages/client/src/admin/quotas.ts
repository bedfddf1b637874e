import { QuotaSetting, QuotaSettings } from '@sluice/contracts';
import type { Asker } from '../ask.ts';
import { path } from '../path.ts';

/** Quotas that hold in the place of the workers' settings, for an operator. */
export interface QuotaMethods {
  /** What is set for each; null where the workers' settings hold. */
  list(signal?: AbortSignal): Promise<QuotaSettings>;
  /** `text` as settings write it: `4/min, 500/day UTC`. Throws `bad-quotas` (400). */
  set(action: string, text: string, signal?: AbortSignal): Promise<QuotaSetting>;
  /** The workers' settings hold again. */
  reset(action: string, signal?: AbortSignal): Promise<void>;
}

export function quotaMethods({ ask, tell }: Asker): QuotaMethods {
  return {
    list: (signal) => ask(QuotaSettings, { method: 'GET', path: 'api/admin/quotas', signal }),
    set: async (action, text, signal) =>
      ask(QuotaSetting, { method: 'PUT', path: path`api/admin/quotas/${action}`, json: { text }, signal }),
    reset: async (action, signal) => tell({ method: 'DELETE', path: path`api/admin/quotas/${action}`, signal }),
  };
}
