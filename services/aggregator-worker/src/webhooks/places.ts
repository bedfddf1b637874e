import { SluiceError, type WebhookId } from '@sluice/contracts';

interface PlacesConfig {
  /** Of one webhook, so that a slow receiver does not take all places of the worker. */
  perWebhook: number;
  /** A place is waited for so long; a receiver that answers frees one within that. */
  patienceMs: number;
  /** Then it is tried again so much later. */
  pauseMs: number;
  now?: () => number;
}

/** How many messages this process sends to one webhook at a time. */
export function createPlaces({ perWebhook, patienceMs, pauseMs, now = Date.now }: PlacesConfig) {
  const taken = new Map<WebhookId, number>();
  const waiting = new Map<WebhookId, (() => void)[]>();

  function leave(webhook: WebhookId): void {
    const next = waiting.get(webhook)?.shift();
    // The place goes over to whoever waits.
    if (next !== undefined) return next();
    const left = (taken.get(webhook) ?? 1) - 1;
    if (left > 0) taken.set(webhook, left);
    else taken.delete(webhook);
  }

  async function wait(webhook: WebhookId): Promise<void> {
    const turn = Promise.withResolvers<void>();
    const line = waiting.get(webhook) ?? [];
    waiting.set(webhook, line);
    line.push(turn.resolve);
    const timer = setTimeout(() => {
      const place = line.indexOf(turn.resolve);
      if (place >= 0) line.splice(place, 1);
      turn.reject(busy(now() + pauseMs));
    }, patienceMs);
    try {
      await turn.promise;
    } finally {
      clearTimeout(timer);
      if (line.length === 0 && waiting.get(webhook) === line) waiting.delete(webhook);
    }
  }

  /** Does the work in a place of the webhook. Throws `webhook-busy` (`retry-at`) where none becomes free in time, and what the work throws. */
  return async <T>(webhook: WebhookId, work: () => Promise<T>): Promise<T> => {
    const count = taken.get(webhook) ?? 0;
    if (count < perWebhook) taken.set(webhook, count + 1);
    else await wait(webhook);
    try {
      return await work();
    } finally {
      leave(webhook);
    }
  };
}

function busy(retryAtMs: number): SluiceError {
  return new SluiceError('webhook-busy', 'The receiver is slow, and other messages are on the way to it.', {
    disposition: 'retry-at',
    retryAtMs,
  });
}
