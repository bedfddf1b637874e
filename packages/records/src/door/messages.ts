import { type Kysely, type Selectable, type SqlBool, sql } from 'kysely';
import { dropOlder } from '../database/drop-older.ts';
import type { Database } from '../database/schema.ts';
import type { MessagesTable } from '../types.ts';
import { IntakeMessage } from './types.ts';

export function createMessagesTable(db: Kysely<Database>): MessagesTable {
  return {
    dropOlder: (options) => dropOlder(db, 'messages', 'received_at', options),

    async receive({ messageId, tenant, jobId, receivedMs }) {
      const row = {
        message_id: messageId,
        tenant,
        job_id: jobId,
        is_processed: false,
        received_at: new Date(receivedMs),
        processed_at: null,
      };
      const kept = await db
        .insertInto('messages')
        .values(row)
        // Nothing changes, but the row that is there comes back.
        .onConflict((conflict) => conflict.column('message_id').doUpdateSet({ message_id: messageId }))
        .returningAll()
        .executeTakeFirstOrThrow();
      return toMessage(kept);
    },

    async find(messageId) {
      const all = db.selectFrom('messages').selectAll();
      const row = await all.where('message_id', '=', String(messageId)).executeTakeFirst();
      return row === undefined ? null : toMessage(row);
    },

    async markProcessed({ nowMs, limit }) {
      const ended = db
        .selectFrom('messages as m')
        .innerJoin('jobs', 'jobs.id', 'm.job_id')
        .select('m.message_id')
        // Literally as the partial index says it.
        .where(sql<SqlBool>`not m.is_processed`)
        .where('jobs.ended_at', 'is not', null)
        .limit(limit);
      const { numUpdatedRows } = await db
        .updateTable('messages')
        .set({ is_processed: true, processed_at: new Date(nowMs) })
        .where('message_id', 'in', ended)
        .executeTakeFirst();
      return Number(numUpdatedRows);
    },
  };
}

function toMessage(row: Selectable<Database['messages']>): IntakeMessage {
  return IntakeMessage.parse({
    messageId: Number(row.message_id),
    tenant: row.tenant,
    jobId: row.job_id,
    isProcessed: row.is_processed,
    receivedMs: row.received_at.getTime(),
    processedMs: row.processed_at?.getTime() ?? null,
  } satisfies Record<keyof IntakeMessage, unknown>);
}
