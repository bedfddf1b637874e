import { Kysely, type LogEvent, PostgresDialect, sql } from 'kysely';
import { migrate } from './database/migrate.ts';
import { createPool } from './database/pool.ts';
import type { Database } from './database/schema.ts';
import { createAddressesTable } from './door/addresses.ts';
import { createAuditTable } from './door/audit.ts';
import { createKeysTable } from './door/keys.ts';
import { createMessagesTable } from './door/messages.ts';
import { createRequestsTable } from './door/requests.ts';
import { createTenantsTable } from './door/tenants.ts';
import { createJobsTable } from './jobs/table.ts';
import { createDeadLettersTable } from './letters/table.ts';
import { createFeedbackTable } from './judgement/feedback.ts';
import { createSaysTable } from './judgement/says.ts';
import { createQuotaSettingsTable } from './quota-settings.ts';
import { createQuotaUsageTable } from './quota-usage.ts';
import { createSwitchesTable } from './switches.ts';
import type { Records } from './types.ts';

const POOL_SIZE = 10;

export interface RecordsOptions {
  /** `postgres://user:password@host:port/database`. */
  url: string;
  /** Told of broken connections, which are no reason to end. */
  onError: (error: Error) => void;
  /** Connections at most; 10 where nothing is said. */
  poolSize?: number;
  /** Told of every statement; for tests. */
  onStatement?: (event: LogEvent) => void;
}

/** Opens the record; connects with the first query. */
export function openRecords({ url, onError, poolSize = POOL_SIZE, onStatement }: RecordsOptions): Records {
  const pool = createPool({ url, onError, poolSize });
  const dialect = new PostgresDialect({ pool });
  const db = new Kysely<Database>({ dialect, ...(onStatement === undefined ? {} : { log: onStatement }) });
  let closed: Promise<void> | null = null;
  return {
    migrate: () => migrate(db),
    ping: async () => {
      await sql`select 1`.execute(db);
    },
    close: () => {
      closed ??= db.destroy();
      return closed;
    },
    jobs: createJobsTable(db),
    deadLetters: createDeadLettersTable(db),
    tenants: createTenantsTable(db),
    keys: createKeysTable(db),
    addresses: createAddressesTable(db),
    audit: createAuditTable(db),
    messages: createMessagesTable(db),
    requests: createRequestsTable(db),
    says: createSaysTable(db),
    feedback: createFeedbackTable(db),
    quotaSettings: createQuotaSettingsTable(db),
    quotaUsage: createQuotaUsageTable(db),
    switches: createSwitchesTable(db),
  };
}
