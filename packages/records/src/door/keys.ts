import { SluiceError } from '@sluice/contracts';
import type { Insertable, Kysely, Selectable } from 'kysely';
import { sql } from 'kysely';
import { beyond, pageOf, pageRows, readCursor } from '../database/pages.ts';
import type { Database } from '../database/schema.ts';
import type { KeysTable } from '../types.ts';
import { ApiKey } from './types.ts';

export function createKeysTable(db: Kysely<Database>): KeysTable {
  return {
    create: (key) => insertKey(db, key),

    async find(id) {
      const row = await db.selectFrom('api_keys').selectAll().where('id', '=', id).executeTakeFirst();
      return row === undefined ? null : toKey(row);
    },

    async findByHash(hash) {
      const row = await db.selectFrom('api_keys').selectAll().where('hash', '=', hash).executeTakeFirst();
      return row === undefined ? null : toKey(row);
    },

    async list(tenant, page = {}) {
      const limit = pageRows(page.limit);
      const after = readCursor(page.cursor);
      const all = db.selectFrom('api_keys').selectAll().orderBy('created_at', 'desc').orderBy('id', 'desc');
      const own = tenant === null ? all : all.where('tenant', '=', tenant);
      const rest = own.where(beyond(after, 'created_at'));
      const keys = (await rest.limit(limit + 1).execute()).map(toKey);
      const { rows, next } = pageOf(keys, limit, ({ createdMs, id }) => ({ atMs: createdMs, id }));
      return { keys: rows, next };
    },

    async rotate(id, successor, oldExpiresMs) {
      await db.transaction().execute(async (tx) => {
        const end = new Date(oldExpiresMs);
        const { numUpdatedRows } = await tx
          .updateTable('api_keys')
          .set({ expires_at: sql<Date>`least(expires_at, ${end})` })
          .where('id', '=', id)
          .where('revoked_at', 'is', null)
          .executeTakeFirst();
        if (numUpdatedRows === 0n) {
          throw new SluiceError('key-gone', 'There is no such key, or it has been revoked.', { httpStatus: 404 });
        }
        await insertKey(tx, successor);
      });
    },

    async revoke(id, nowMs) {
      const row = await db
        .updateTable('api_keys')
        .set({ revoked_at: sql<Date>`coalesce(revoked_at, ${new Date(nowMs)})` })
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirst();
      return row === undefined ? null : toKey(row);
    },

    async used(times) {
      if (times.size === 0) return;
      // In the order of ids, so that two gateways never wait for each other.
      const inOrder = [...times].toSorted(([a], [b]) => (a < b ? -1 : 1));
      await db.transaction().execute(async (tx) => {
        for (const [id, atMs] of inOrder) {
          await tx
            .updateTable('api_keys')
            .set({ last_used_at: sql<Date>`greatest(last_used_at, ${new Date(atMs)})` })
            .where('id', '=', id)
            .execute();
        }
      });
    },
  };
}

async function insertKey(db: Kysely<Database>, key: ApiKey): Promise<void> {
  try {
    await db.insertInto('api_keys').values(fromKey(key)).execute();
  } catch (error) {
    if (!(error instanceof SluiceError) || error.code !== 'record-taken') throw error;
    throw new SluiceError('key-exists', 'There is such a key already.', { httpStatus: 409, cause: error.cause });
  }
}

function toKey(row: Selectable<Database['api_keys']>): ApiKey {
  return ApiKey.parse({
    id: row.id,
    tenant: row.tenant,
    role: row.role,
    name: row.name,
    hash: row.hash,
    prefix: row.prefix,
    createdMs: row.created_at.getTime(),
    expiresMs: row.expires_at?.getTime() ?? null,
    lastUsedMs: row.last_used_at?.getTime() ?? null,
    revokedMs: row.revoked_at?.getTime() ?? null,
    rotatedFrom: row.rotated_from,
  } satisfies Record<keyof ApiKey, unknown>);
}

function fromKey(key: ApiKey): Insertable<Database['api_keys']> {
  const moment = (atMs: number | null) => (atMs === null ? null : new Date(atMs));
  return {
    id: key.id,
    tenant: key.tenant,
    role: key.role,
    name: key.name,
    hash: key.hash,
    prefix: key.prefix,
    created_at: new Date(key.createdMs),
    expires_at: moment(key.expiresMs),
    last_used_at: moment(key.lastUsedMs),
    revoked_at: moment(key.revokedMs),
    rotated_from: key.rotatedFrom,
  };
}
