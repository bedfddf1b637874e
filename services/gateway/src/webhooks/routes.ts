import {
  CreatedWebhook,
  DeliveryOrdered,
  DeliveryPage,
  DeliveryView,
  JobId,
  PageQuery,
  TenantId,
  type Webhook,
  WebhookId,
  WebhookList,
  WebhookUpdate,
  WebhookView,
} from '@sluice/contracts';
import type { DataKey } from '@sluice/fleet/settings';
import type { Records } from '@sluice/records';
import { z } from 'zod';
import type { Audit } from '../audit.ts';
import { answer, type Route, route } from '../http/route.ts';
import { TenantQuery } from '../http/routes/parameters.ts';
import { requireTenant } from '../http/routes/known-tenant.ts';
import { type Caller, tenantOf } from '../keys/caller.ts';
import type { TenantBook } from '../tenants/book.ts';
import { createWebhookChanges, noWebhook, requireWebhook } from './changes.ts';
import { createDeliveries, type DeliveriesConfig, noDelivery } from './deliveries.ts';

export interface WebhookRoutesConfig extends DeliveriesConfig {
  records: Pick<Records, 'jobs' | 'tenants'>;
  book: Pick<TenantBook, 'change'>;
  /** Seals secrets; undefined: there can be no webhooks. */
  dataKey: DataKey | undefined;
  audit: Audit;
}

const CHAPTER = 'Webhooks';
/** A page of deliveries reads each of them. */
const DeliveriesQuery = z.strictObject({
  ...PageQuery.shape,
  limit: z.coerce.number().int().min(1).max(100).default(50),
  tenant: TenantId.optional(),
});
const ofWebhook = {
  chapter: CHAPTER,
  access: 'admin',
  params: z.object({ id: WebhookId }),
  absent: noWebhook,
  query: TenantQuery,
} as const;
const ofDelivery = {
  ...ofWebhook,
  params: z.object({ id: WebhookId, delivery: JobId }),
  absent: noDelivery,
} as const;
const MISSING = ['webhook-not-found', 'tenant-not-found', 'foreign-tenant'] as const;
const CHANGING = ['cache-unreachable', 'record-busy'] as const;
const created = { name: 'CreatedWebhook', schema: CreatedWebhook };
const view = { name: 'WebhookView', schema: WebhookView };
const ordered = { name: 'DeliveryOrdered', schema: DeliveryOrdered };
const body = { name: 'WebhookUpdate', schema: WebhookUpdate };

/** `/api/webhooks`: an admin has those of the own tenant; an operator names the tenant. */
export function webhookRoutes(config: WebhookRoutesConfig): Route[] {
  return [...readRoutes(config), ...newRoutes(config), ...changeRoutes(config), ...deliveryRoutes(config)];
}

function readRoutes({ records }: WebhookRoutesConfig): Route[] {
  return [
    route({
      ...ofWebhook,
      method: 'get',
      path: '/api/webhooks',
      name: 'webhooks',
      summary: 'All webhooks of the tenant. No secret is shown.',
      params: z.object({}),
      answers: { 200: { says: 'The webhooks.', name: 'WebhookList', schema: WebhookList } },
      problems: ['tenant-not-found', 'foreign-tenant'],
      async handle({ caller, query }) {
        const { webhooks } = await requireTenant(records, tenantOf(caller, query.tenant));
        return answer({ v: 1, webhooks: webhooks.map(viewOf) });
      },
    }),
    route({
      ...ofWebhook,
      method: 'get',
      path: '/api/webhooks/{id}',
      name: 'webhook',
      summary: 'A webhook.',
      answers: { 200: { says: 'The webhook.', ...view } },
      problems: MISSING,
      async handle({ caller, params, query }) {
        const { webhooks } = await requireTenant(records, tenantOf(caller, query.tenant));
        return answer(viewOf(requireWebhook(webhooks, params.id)));
      },
    }),
  ];
}

function newRoutes(config: WebhookRoutesConfig): Route[] {
  const { audit } = config;
  const changes = createWebhookChanges(config);
  return [
    route({
      ...ofWebhook,
      method: 'post',
      path: '/api/webhooks',
      name: 'webhook-create',
      summary: 'Makes a webhook. The answer is the only one that shows its secret.',
      params: z.object({}),
      body,
      answers: { 201: { says: 'The webhook and its secret.', ...created } },
      problems: ['tenant-not-found', 'foreign-tenant', 'no-data-key', 'too-many-webhooks', ...CHANGING],
      async handle({ caller, query, body: update, requestId }) {
        const tenant = tenantOf(caller, query.tenant);
        const { webhook, secret } = await changes.create(tenant, update);
        await audit.note(caller, requestId, deed('webhook.create', tenant, webhook));
        return answer({ v: 1, secret, view: viewOf(webhook) }, 201, { location: `/api/webhooks/${webhook.id}` });
      },
    }),
    route({
      ...ofWebhook,
      method: 'post',
      path: '/api/webhooks/{id}/secret',
      name: 'webhook-secret',
      summary: 'Makes a new secret, which signs from now on in the place of the old one.',
      answers: { 201: { says: 'The webhook and its secret.', ...created } },
      problems: [...MISSING, 'no-data-key', ...CHANGING],
      async handle({ caller, params, query, requestId }) {
        const tenant = tenantOf(caller, query.tenant);
        const { webhook, secret } = await changes.renew(tenant, params.id);
        await audit.note(caller, requestId, deed('webhook.secret', tenant, webhook));
        return answer({ v: 1, secret, view: viewOf(webhook) }, 201);
      },
    }),
  ];
}

function changeRoutes(config: WebhookRoutesConfig): Route[] {
  const { audit } = config;
  const changes = createWebhookChanges(config);
  return [
    route({
      ...ofWebhook,
      method: 'put',
      path: '/api/webhooks/{id}',
      name: 'webhook-replace',
      summary: 'Replaces a webhook; its secret stays. All services know it within a second.',
      body,
      answers: { 200: { says: 'The webhook.', ...view } },
      problems: [...MISSING, ...CHANGING],
      async handle({ caller, params, query, body: update, requestId }) {
        const tenant = tenantOf(caller, query.tenant);
        const webhook = await changes.replace(tenant, params.id, update);
        await audit.note(caller, requestId, deed('webhook.replace', tenant, webhook));
        return answer(viewOf(webhook));
      },
    }),
    route({
      ...ofWebhook,
      method: 'delete',
      path: '/api/webhooks/{id}',
      name: 'webhook-remove',
      summary: 'Removes a webhook. What is on the way to it is not sent any more.',
      answers: { 204: { says: 'It is removed.' } },
      problems: [...MISSING, ...CHANGING],
      async handle({ caller, params, query, requestId }) {
        const tenant = tenantOf(caller, query.tenant);
        await changes.remove(tenant, params.id);
        await audit.note(caller, requestId, { action: 'webhook.remove', target: params.id, tenant });
        return { status: 204 };
      },
    }),
  ];
}

function deliveryRoutes(config: WebhookRoutesConfig): Route[] {
  const { records, audit } = config;
  const deliveries = createDeliveries(config);
  const own = async (caller: Caller, named: TenantId | undefined, id: WebhookId): Promise<TenantId> => {
    const tenant = tenantOf(caller, named);
    requireWebhook((await requireTenant(records, tenant)).webhooks, id);
    return tenant;
  };
  return [
    route({
      ...ofWebhook,
      method: 'post',
      path: '/api/webhooks/{id}/test',
      name: 'webhook-test',
      summary: 'Sends a message of the type `webhook.test`, also where the webhook is switched off.',
      answers: { 202: { says: 'The delivery, to be looked at.', ...ordered } },
      problems: MISSING,
      async handle({ caller, params, query, requestId }) {
        const tenant = await own(caller, query.tenant, params.id);
        const delivery = await deliveries.test(tenant, params.id);
        await audit.note(caller, requestId, sent('webhook.test', tenant, params.id, delivery));
        return answer({ v: 1, delivery }, 202);
      },
    }),
    route({
      ...ofWebhook,
      method: 'get',
      path: '/api/webhooks/{id}/deliveries',
      name: 'webhook-deliveries',
      summary: 'What was sent to a webhook, newest first. A delivery is found some seconds after it was asked for.',
      query: DeliveriesQuery,
      answers: { 200: { says: 'A page of deliveries.', name: 'DeliveryPage', schema: DeliveryPage } },
      problems: [...MISSING, 'bad-cursor', 'record-busy'],
      async handle({ caller, params, query: { tenant: named, ...page } }) {
        const tenant = await own(caller, named, params.id);
        return answer({ v: 1, ...(await deliveries.list(tenant, params.id, page)) });
      },
    }),
    route({
      ...ofDelivery,
      method: 'get',
      path: '/api/webhooks/{id}/deliveries/{delivery}',
      name: 'webhook-delivery',
      summary: 'A delivery as it stands now.',
      answers: { 200: { says: 'The delivery.', name: 'DeliveryView', schema: DeliveryView } },
      problems: [...MISSING, 'delivery-not-found'],
      async handle({ caller, params, query }) {
        const tenant = await own(caller, query.tenant, params.id);
        return answer(await deliveries.find(tenant, params.id, params.delivery));
      },
    }),
    route({
      ...ofDelivery,
      method: 'post',
      path: '/api/webhooks/{id}/deliveries/{delivery}/redeliver',
      name: 'webhook-redeliver',
      summary: 'Tries again what failed; sends again what was delivered, with the same `webhook-id`.',
      answers: { 202: { says: 'The delivery that is on its way.', ...ordered } },
      problems: [...MISSING, 'delivery-not-found', 'delivery-pending'],
      async handle({ caller, params, query, requestId }) {
        const tenant = await own(caller, query.tenant, params.id);
        const delivery = await deliveries.again(tenant, params.id, params.delivery);
        await audit.note(caller, requestId, sent('webhook.redeliver', tenant, params.id, delivery));
        return answer({ v: 1, delivery }, 202);
      },
    }),
  ];
}

/** Of the URL only the host: the rest may be a secret of the receiver's. */
function deed(action: string, tenant: TenantId, { id, url, events, isActive }: Webhook) {
  return { action, target: id, tenant, detail: { host: new URL(url).host, events, isActive } };
}

function sent(action: string, tenant: TenantId, target: WebhookId, delivery: JobId) {
  return { action, target, tenant, detail: { delivery } };
}

/** The secret is left out by the schema. */
function viewOf(webhook: Webhook): WebhookView {
  return WebhookView.parse(webhook);
}
