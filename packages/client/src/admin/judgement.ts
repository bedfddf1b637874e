import { HeldSay, type JudgementSay, SayTrial, type SayTrialRequest } from '@sluice/contracts';
import type { Asker, Sent } from '../ask.ts';

interface OfTenant {
  /** Whose mails, where they are not those of the key's tenant; for an operator. */
  tenant?: string | undefined;
  signal?: AbortSignal | undefined;
}

/** What a tenant's operator says of its mails. */
export interface JudgementMethods {
  show(of?: OfTenant): Promise<HeldSay>;
  /** Replaces the whole of it. Throws `bad-request` (400), which names each fault. */
  set(say: Sent<typeof JudgementSay>, of?: OfTenant): Promise<HeldSay>;
  /** Judges past mails again with a draft; nothing changes by it. It takes 20 s at most. */
  try(request: Sent<typeof SayTrialRequest>, of?: OfTenant): Promise<SayTrial>;
}

const PATH = 'api/admin/judgement';

export function judgementMethods({ ask }: Asker): JudgementMethods {
  return {
    show: async ({ tenant, signal } = {}) => ask(HeldSay, { method: 'GET', path: PATH, query: { tenant }, signal }),
    set: async (say, { tenant, signal } = {}) =>
      ask(HeldSay, { method: 'PUT', path: PATH, query: { tenant }, json: say, signal }),
    try: async (request, { tenant, signal } = {}) =>
      ask(SayTrial, { method: 'POST', path: `${PATH}/trial`, query: { tenant }, json: request, signal }),
  };
}
