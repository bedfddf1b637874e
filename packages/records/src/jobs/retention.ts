import type { BlobRef, JobId, TenantId } from '@sluice/contracts';
import type { Kysely, Transaction } from 'kysely';
import type { Database } from '../database/schema.ts';
import type { Dropped } from './types.ts';

type Tx = Transaction<Database>;
interface Batch {
  beforeMs: number;
  limit: number;
}

/** What belongs to jobs, and goes with them. */
const OF_JOBS = ['tasks', 'job_log', 'reports', 'job_indicators'] as const;
/** What belongs to a tenant beside its jobs. */
const OF_TENANTS = ['dead_letters', 'requests', 'messages', 'feedback'] as const;

/** See `JobsTable.dropOlder`. */
export function dropOlderJobs(db: Kysely<Database>, { beforeMs, limit }: Batch): Promise<Dropped> {
  return db.transaction().execute(async (tx) => {
    const rows = await tx
      .selectFrom('jobs')
      .select('id')
      .where('ended_at', '<', new Date(beforeMs))
      .orderBy('ended_at')
      .limit(limit)
      .forUpdate()
      .skipLocked()
      .execute();
    return dropJobs(
      tx,
      rows.map(({ id }) => id),
    );
  });
}

/** See `JobsTable.eraseTenant`. */
export function eraseTenant(db: Kysely<Database>, tenant: TenantId, { limit }: { limit: number }): Promise<Dropped> {
  return db.transaction().execute(async (tx) => {
    const rows = await tx
      .selectFrom('jobs')
      .select('id')
      .where('tenant', '=', tenant)
      .orderBy('created_at')
      .orderBy('id')
      .limit(limit)
      .forUpdate()
      .execute();
    if (rows.length < limit) {
      for (const table of OF_TENANTS) await tx.deleteFrom(table).where('tenant', '=', tenant).execute();
    }
    return dropJobs(
      tx,
      rows.map(({ id }) => id),
    );
  });
}

/** See `JobsTable.dropMails`. */
export function dropMails(db: Kysely<Database>, { beforeMs, limit }: Batch): Promise<Dropped> {
  return db.transaction().execute(async (tx) => {
    const rows = await tx
      .selectFrom('jobs')
      .select('id')
      .where('mail', 'is not', null)
      .where('ended_at', '<', new Date(beforeMs))
      .orderBy('ended_at')
      .limit(limit)
      .forUpdate()
      .skipLocked()
      .execute();
    const ids = rows.map(({ id }) => id);
    if (ids.length === 0) return { jobs: 0, blobs: [] };
    await tx.updateTable('jobs').set({ mail: null }).where('id', 'in', ids).execute();
    const gone = await tx
      .deleteFrom('job_blobs')
      .where('job_id', 'in', ids)
      .where('is_mail', '=', true)
      .returning('ref')
      .execute();
    return { jobs: ids.length, blobs: await unnamed(tx, gone) };
  });
}

async function dropJobs(tx: Tx, ids: readonly JobId[]): Promise<Dropped> {
  if (ids.length === 0) return { jobs: 0, blobs: [] };
  for (const table of OF_JOBS) await tx.deleteFrom(table).where('job_id', 'in', ids).execute();
  const gone = await tx.deleteFrom('job_blobs').where('job_id', 'in', ids).returning('ref').execute();
  await tx.deleteFrom('jobs').where('id', 'in', ids).execute();
  return { jobs: ids.length, blobs: await unnamed(tx, gone) };
}

/** Of what was taken away, that which no other job names. */
async function unnamed(tx: Tx, gone: readonly { ref: BlobRef }[]): Promise<BlobRef[]> {
  const refs = [...new Set(gone.map(({ ref }) => ref))];
  const named = await namedBlobs(tx, refs);
  return refs.filter((ref) => !named.has(ref));
}

/** See `JobsTable.namedBlobs`. */
export async function namedBlobs(db: Kysely<Database>, refs: readonly BlobRef[]): Promise<Set<BlobRef>> {
  if (refs.length === 0) return new Set();
  const rows = await db.selectFrom('job_blobs').select('ref').distinct().where('ref', 'in', refs).execute();
  return new Set(rows.map(({ ref }) => ref));
}
