import type { JobId, NotifyInput, WebhookMessage } from '@sluice/contracts';
import { VERSION } from '@sluice/fleet/service';
import { Webhook } from 'standardwebhooks';

export interface SignedMessage {
  body: string;
  headers: Record<string, string>;
}

/** The body of a message. The same input gives the same bytes, so that a receiver may compare what comes twice. */
export function bodyOf({ event, atMs, data }: NotifyInput): string {
  return JSON.stringify({ type: event, timestamp: new Date(atMs).toISOString(), data } satisfies WebhookMessage);
}

/**
 * Signs a message after Standard Webhooks (https://github.com/standard-webhooks/standard-webhooks, `v1`: HMAC-SHA256 of id, moment and body). The
 * id is the same for every try. Throws where the secret is no base64.
 */
export function signMessage(message: { id: JobId; body: string; secret: string; nowMs: number }): SignedMessage {
  const { id, body, secret, nowMs } = message;
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      'user-agent': `Sluice-Webhooks/${VERSION}`,
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(nowMs / 1_000)),
      'webhook-signature': new Webhook(secret).sign(id, new Date(nowMs), body),
    },
  };
}
