import { TenantPolicy } from '@sluice/contracts';
import type { Kysely } from 'kysely';
import { pageOf, pageRows, readCursor } from '../database/pages.ts';
import type { Database } from '../database/schema.ts';
import type { TenantsTable } from '../types.ts';

/** What a tenant's door is made of, and goes with it. */
const OF_TENANTS = ['api_keys', 'mail_addresses', 'judgement_says'] as const;

export function createTenantsTable(db: Kysely<Database>): TenantsTable {
  return {
    async put(policy, nowMs) {
      const now = new Date(nowMs);
      const row = { name: policy.name, is_blocked: policy.isBlocked, policy: JSON.stringify(policy), updated_at: now };
      await db
        .insertInto('tenants')
        .values({ id: policy.tenant, created_at: now, ...row })
        .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
        .execute();
    },

    async find(tenant) {
      const row = await db.selectFrom('tenants').select('policy').where('id', '=', tenant).executeTakeFirst();
      return row === undefined ? null : TenantPolicy.parse(row.policy);
    },

    async list(page = {}) {
      const limit = pageRows(page.limit);
      const after = readCursor(page.cursor);
      const all = db.selectFrom('tenants').select('policy').orderBy('id');
      const rest = after === null ? all : all.where('id', '>', after.id);
      const policies = (await rest.limit(limit + 1).execute()).map(({ policy }) => TenantPolicy.parse(policy));
      const { rows, next } = pageOf(policies, limit, ({ tenant }) => ({ atMs: 0, id: tenant }));
      return { tenants: rows, next };
    },

    remove(tenant) {
      return db.transaction().execute(async (tx) => {
        for (const table of OF_TENANTS) await tx.deleteFrom(table).where('tenant', '=', tenant).execute();
        const { numDeletedRows } = await tx.deleteFrom('tenants').where('id', '=', tenant).executeTakeFirst();
        return numDeletedRows > 0n;
      });
    },
  };
}
