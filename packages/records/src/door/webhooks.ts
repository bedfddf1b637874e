import type { Kysely, Selectable } from 'kysely';
import { z } from 'zod';
import { dropOlder } from '../database/drop-older.ts';
import { beyond, pageOf, pageRows, readCursor } from '../database/pages.ts';
import type { Database } from '../database/schema.ts';
import type { WebhooksTable } from '../types.ts';
import { Delivery, Webhook } from './webhook-types.ts';

export function createWebhooksTable(db: Kysely<Database>): WebhooksTable {
  return {
    dropDeliveries: (options) => dropOlder(db, 'webhook_deliveries', 'created_at', options),

    async put(webhook) {
      const row = {
        name: webhook.name,
        url: webhook.url,
        secret: webhook.secret,
        events: webhook.events,
        min_verdict: webhook.minVerdict,
        is_active: webhook.isActive,
        updated_at: new Date(webhook.updatedMs),
      };
      const created = { id: webhook.id, tenant: webhook.tenant, created_at: new Date(webhook.createdMs) };
      const insertion = db.insertInto('webhooks').values({ ...created, ...row });
      await insertion.onConflict((conflict) => conflict.column('id').doUpdateSet(row)).execute();
    },

    async find(id) {
      const row = await db.selectFrom('webhooks').selectAll().where('id', '=', id).executeTakeFirst();
      return row === undefined ? null : toWebhook(row);
    },

    async list(tenant, page = {}) {
      const limit = pageRows(page.limit);
      const after = readCursor(page.cursor, z.uuid());
      const all = db.selectFrom('webhooks').selectAll().orderBy('created_at', 'desc').orderBy('id', 'desc');
      const own = tenant === null ? all : all.where('tenant', '=', tenant);
      const rest = own.where(beyond(after, 'created_at'));
      const webhooks = (await rest.limit(limit + 1).execute()).map(toWebhook);
      const { rows, next } = pageOf(webhooks, limit, ({ createdMs, id }) => ({ atMs: createdMs, id }));
      return { webhooks: rows, next };
    },

    async remove(id) {
      const { numDeletedRows } = await db.deleteFrom('webhooks').where('id', '=', id).executeTakeFirst();
      return numDeletedRows > 0n;
    },

    async saveDelivery(delivery) {
      const row = {
        state: delivery.state,
        attempts: delivery.attempts,
        status: delivery.status,
        error: delivery.error,
        updated_at: new Date(delivery.updatedMs),
      };
      const fixed = {
        id: delivery.id,
        webhook_id: delivery.webhookId,
        tenant: delivery.tenant,
        event: delivery.event,
        job_id: delivery.jobId,
        created_at: new Date(delivery.createdMs),
      };
      await db
        .insertInto('webhook_deliveries')
        .values({ ...fixed, ...row })
        .onConflict((conflict) =>
          conflict.column('id').doUpdateSet(row).whereRef('webhook_deliveries.updated_at', '<=', 'excluded.updated_at'),
        )
        .execute();
    },

    async deliveries(webhookId, page = {}) {
      const limit = pageRows(page.limit);
      const after = readCursor(page.cursor);
      const own = db.selectFrom('webhook_deliveries').selectAll().where('webhook_id', '=', webhookId);
      const rest = own.where(beyond(after, 'created_at'));
      const newestFirst = rest.orderBy('created_at', 'desc').orderBy('id', 'desc');
      const deliveries = (await newestFirst.limit(limit + 1).execute()).map(toDelivery);
      const { rows, next } = pageOf(deliveries, limit, ({ createdMs, id }) => ({ atMs: createdMs, id }));
      return { deliveries: rows, next };
    },
  };
}

function toWebhook(row: Selectable<Database['webhooks']>): Webhook {
  return Webhook.parse({
    id: row.id,
    tenant: row.tenant,
    name: row.name,
    url: row.url,
    secret: row.secret,
    events: row.events,
    minVerdict: row.min_verdict,
    isActive: row.is_active,
    createdMs: row.created_at.getTime(),
    updatedMs: row.updated_at.getTime(),
  } satisfies Record<keyof Webhook, unknown>);
}

function toDelivery(row: Selectable<Database['webhook_deliveries']>): Delivery {
  return Delivery.parse({
    id: row.id,
    webhookId: row.webhook_id,
    tenant: row.tenant,
    event: row.event,
    jobId: row.job_id,
    state: row.state,
    attempts: row.attempts,
    status: row.status,
    error: row.error,
    createdMs: row.created_at.getTime(),
    updatedMs: row.updated_at.getTime(),
  } satisfies Record<keyof Delivery, unknown>);
}
