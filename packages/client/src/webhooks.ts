import {
  CreatedWebhook,
  DeliveryOrdered,
  DeliveryPage,
  DeliveryView,
  WebhookList,
  type WebhookUpdate,
  WebhookView,
} from '@sluice/contracts';
import type { Asker, Sent } from './ask.ts';
import { eachOf, type PageOptions } from './pages.ts';
import { path } from './path.ts';

const WEBHOOKS = 'api/webhooks';
type Update = Sent<typeof WebhookUpdate>;

/** Whom the tenant wants to be told of what happens; for an admin. */
export interface WebhookMethods {
  list(signal?: AbortSignal): Promise<WebhookList>;
  find(id: string, signal?: AbortSignal): Promise<WebhookView>;
  /** The answer holds the secret that signs; it is not shown again. */
  create(webhook: Update, signal?: AbortSignal): Promise<CreatedWebhook>;
  /** Replaces the whole of it: what is left out has its default. The secret stays. */
  replace(id: string, update: Update, signal?: AbortSignal): Promise<WebhookView>;
  /** A new secret; the old one signs nothing any more. */
  newSecret(id: string, signal?: AbortSignal): Promise<CreatedWebhook>;
  remove(id: string, signal?: AbortSignal): Promise<void>;
  /** Sends a message of the type `webhook.test`. */
  test(id: string, signal?: AbortSignal): Promise<DeliveryOrdered>;
  /** What was sent, newest first. Pages have 100 at most. */
  deliveries(id: string, page?: PageOptions, signal?: AbortSignal): AsyncGenerator<DeliveryView, void>;
  deliveryPage(id: string, page?: PageOptions, signal?: AbortSignal): Promise<DeliveryPage>;
  delivery(id: string, delivery: string, signal?: AbortSignal): Promise<DeliveryView>;
  /** Tries again what failed; sends again what was delivered. */
  redeliver(id: string, delivery: string, signal?: AbortSignal): Promise<DeliveryOrdered>;
}

/** `tenant`: whose, where they are not those of the key's. */
export function webhookMethods({ ask, tell }: Asker, tenant: string | undefined): WebhookMethods {
  const query = { tenant };
  const deliveryPage: WebhookMethods['deliveryPage'] = async (id, page = {}, signal = undefined) =>
    ask(DeliveryPage, {
      method: 'GET',
      path: path`api/webhooks/${id}/deliveries`,
      query: { ...query, ...page },
      signal,
    });
  return {
    list: (signal) => ask(WebhookList, { method: 'GET', path: WEBHOOKS, query, signal }),
    find: async (id, signal) => ask(WebhookView, { method: 'GET', path: path`api/webhooks/${id}`, query, signal }),
    create: (webhook, signal) =>
      ask(CreatedWebhook, { method: 'POST', path: WEBHOOKS, query, json: webhook, signal, isRepeatable: false }),
    replace: async (id, update, signal) =>
      ask(WebhookView, { method: 'PUT', path: path`api/webhooks/${id}`, query, json: update, signal }),
    newSecret: async (id, signal) =>
      ask(CreatedWebhook, {
        method: 'POST',
        path: path`api/webhooks/${id}/secret`,
        query,
        signal,
        isRepeatable: false,
      }),
    remove: async (id, signal) => tell({ method: 'DELETE', path: path`api/webhooks/${id}`, query, signal }),
    test: async (id, signal) =>
      ask(DeliveryOrdered, { method: 'POST', path: path`api/webhooks/${id}/test`, query, signal, isRepeatable: false }),
    deliveries: (id, page = {}, signal = undefined) =>
      eachOf((cursor) => deliveryPage(id, cursor === undefined ? page : { ...page, cursor }, signal)),
    deliveryPage,
    delivery: async (id, delivery, signal) =>
      ask(DeliveryView, { method: 'GET', path: path`api/webhooks/${id}/deliveries/${delivery}`, query, signal }),
    redeliver: async (id, delivery, signal) =>
      ask(DeliveryOrdered, {
        method: 'POST',
        path: path`api/webhooks/${id}/deliveries/${delivery}/redeliver`,
        query,
        signal,
      }),
  };
}
