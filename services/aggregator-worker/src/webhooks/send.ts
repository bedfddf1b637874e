import { type GoneWebhook, type NotifyInput, type NotifySent, SluiceError } from '@sluice/contracts';
import { createGuard, type GuardPolicy } from '@sluice/fleet/guard';
import type { TaskContext } from '@sluice/fleet/queue';
import { type DataKey, type Settings, unseal } from '@sluice/fleet/settings';
import { explainSilence, judgeAnswer } from './judge.ts';
import { bodyOf, signMessage } from './message.ts';
import { createPlaces } from './places.ts';
import { type Answer, post } from './post.ts';

export interface SendConfig {
  rules: Pick<Settings, 'tenant'>;
  /** Opens the secrets; undefined: nothing can be signed, and nothing is sent. */
  dataKey: DataKey | undefined;
  lookup: GuardPolicy['lookup'];
  allow: GuardPolicy['allow'];
  /** The receiver wants no more messages: the gateway is to switch the webhook off. */
  onGone: (gone: GoneWebhook) => Promise<void>;
  /** Of one exchange; 15 s where nothing is said. */
  exchangeMs?: number;
}

const EXCHANGE_MS = 15_000;
const PLACES = { perWebhook: 2, patienceMs: 1_000, pauseMs: 5_000 } as const;

/**
 * Sends one message to one webhook. URL and secret are those of this moment; where the webhook is switched off or gone, nothing is sent. Throws what the
 * failure desk can judge: see `judge.ts`.
 */
export function createSend({ rules, dataKey, lookup, allow, onGone, exchangeMs = EXCHANGE_MS }: SendConfig) {
  const inPlace = createPlaces(PLACES);

  async function exchange(url: URL, message: Parameters<typeof post>[1], signal: AbortSignal): Promise<Answer> {
    const deadline = AbortSignal.timeout(exchangeMs);
    const guard = createGuard({ lookup, allow, trusted: true });
    try {
      return await post(url, message, { guard, signal: AbortSignal.any([signal, deadline]) });
    } catch (error) {
      signal.throwIfAborted();
      if (deadline.aborted) throw late(exchangeMs, error);
      throw explainSilence(error);
    }
  }

  return async (input: NotifyInput, { jobId, tenant, signal }: Pick<TaskContext, 'jobId' | 'tenant' | 'signal'>) => {
    const webhook = (await rules.tenant(tenant)).webhooks.find(({ id }) => id === input.webhook);
    const isWanted = webhook !== undefined && (webhook.isActive || input.event === 'webhook.test');
    if (!isWanted) return { status: null } satisfies NotifySent;
    if (dataKey === undefined) throw noDataKey();
    const secret = unseal(dataKey, webhook.secret);
    const answer = await inPlace(webhook.id, () => {
      const message = { id: input.repeats ?? jobId, body: bodyOf(input), secret, nowMs: Date.now() };
      return exchange(new URL(webhook.url), signMessage(message), signal);
    });
    const error = judgeAnswer(answer, Date.now());
    if (error?.code === 'webhook-gone') await onGone({ v: 1, tenant, webhook: webhook.id });
    if (error !== null) throw error;
    return { status: answer.status } satisfies NotifySent;
  };
}

function late(exchangeMs: number, cause: unknown): SluiceError {
  const message = `The receiver did not answer within ${exchangeMs / 1_000} s.`;
  return new SluiceError('webhook-late', message, { disposition: 'retry', cause });
}

function noDataKey(): SluiceError {
  return new SluiceError('no-data-key', 'Messages cannot be signed: DATA_KEY is not set at this worker.', {
    disposition: 'retry',
  });
}
