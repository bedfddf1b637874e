import type { Kysely, Selectable } from 'kysely';
import { pageOf, pageRows, readCursor } from '../database/pages.ts';
import type { Database } from '../database/schema.ts';
import type { AddressesTable } from '../types.ts';
import { MailRecipient } from './types.ts';

export function createAddressesTable(db: Kysely<Database>): AddressesTable {
  return {
    async put(recipient) {
      const row = {
        tenant: recipient.tenant,
        is_active: recipient.isActive,
        note: recipient.note,
        updated_at: new Date(recipient.updatedMs),
      };
      await db
        .insertInto('mail_addresses')
        .values({ address: recipient.address.toLowerCase(), created_at: new Date(recipient.createdMs), ...row })
        .onConflict((conflict) => conflict.column('address').doUpdateSet(row))
        .execute();
    },

    async create(recipient) {
      const row = {
        address: recipient.address.toLowerCase(),
        tenant: recipient.tenant,
        is_active: recipient.isActive,
        note: recipient.note,
        created_at: new Date(recipient.createdMs),
        updated_at: new Date(recipient.updatedMs),
      };
      const insertion = db.insertInto('mail_addresses').values(row);
      const { numInsertedOrUpdatedRows } = await insertion
        .onConflict((conflict) => conflict.column('address').doNothing())
        .executeTakeFirst();
      return (numInsertedOrUpdatedRows ?? 0n) > 0n;
    },

    async replace({ address, tenant, isActive, note, updatedMs }) {
      const { numUpdatedRows } = await db
        .updateTable('mail_addresses')
        .set({ is_active: isActive, note, updated_at: new Date(updatedMs) })
        .where('address', '=', address.toLowerCase())
        .where('tenant', '=', tenant)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },

    async find(address) {
      const all = db.selectFrom('mail_addresses').selectAll();
      const row = await all.where('address', '=', address.toLowerCase()).executeTakeFirst();
      return row === undefined ? null : toRecipient(row);
    },

    async list(tenant, page = {}) {
      const limit = pageRows(page.limit);
      const after = readCursor(page.cursor);
      const all = db.selectFrom('mail_addresses').selectAll().orderBy('address');
      const own = tenant === null ? all : all.where('tenant', '=', tenant);
      const rest = after === null ? own : own.where('address', '>', after.id);
      const recipients = (await rest.limit(limit + 1).execute()).map(toRecipient);
      const { rows, next } = pageOf(recipients, limit, ({ address }) => ({ atMs: 0, id: address }));
      return { addresses: rows, next };
    },

    async remove(address) {
      const removal = db.deleteFrom('mail_addresses').where('address', '=', address.toLowerCase());
      const row = await removal.returningAll().executeTakeFirst();
      return row === undefined ? null : toRecipient(row);
    },
  };
}

function toRecipient(row: Selectable<Database['mail_addresses']>): MailRecipient {
  return MailRecipient.parse({
    address: row.address,
    tenant: row.tenant,
    isActive: row.is_active,
    note: row.note,
    createdMs: row.created_at.getTime(),
    updatedMs: row.updated_at.getTime(),
  } satisfies Record<keyof MailRecipient, unknown>);
}
