import type { PostgresPool, PostgresPoolClient } from 'kysely';
import pg from 'pg';
import { toRecordError } from './errors.ts';
import { storable } from './text.ts';

/** Of a connection, and of waiting for a free one. */
const CONNECT_MS = 5_000;
/** The server gives a statement up; and, where nothing is heard of the server, we give the connection up. */
const STATEMENT_MS = 30_000;
const ANSWER_MS = 40_000;
/** What a client that died in the middle of a transaction may hold up others. */
const IDLE_TRANSACTION_MS = 15_000;

export interface PoolOptions {
  url: string;
  onError: (error: Error) => void;
  poolSize: number;
}

/**
 * Connections for kysely. A broken one is told to `onError`, thrown away, and never ends the process; whatever a query throws is a `SluiceError`.
 */
export function createPool({ url, onError, poolSize }: PoolOptions): PostgresPool {
  const pool = new pg.Pool({
    connectionString: url,
    max: poolSize,
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: STATEMENT_MS,
    query_timeout: ANSWER_MS,
    idle_in_transaction_session_timeout: IDLE_TRANSACTION_MS,
    keepAlive: true,
    application_name: 'sluice',
  });
  pool.on('connect', (client) => client.on('error', onError));
  // The same error of the same connection, when it was idle.
  pool.on('error', () => undefined);
  return {
    connect: async () => {
      try {
        return guarded(await pool.connect());
      } catch (error) {
        throw toRecordError(error);
      }
    },
    end: () => pool.end(),
    options: {},
  };
}

function guarded(client: pg.PoolClient): PostgresPoolClient {
  let isBroken = false;
  const query = async (text: string, parameters: readonly unknown[]) => {
    try {
      return await client.query(text, parameters.map(storableParameter));
    } catch (error) {
      // After anything but an answer nobody knows what the connection will say next.
      isBroken ||= !(error instanceof pg.DatabaseError);
      throw toRecordError(error);
    }
  };
  const release = (isDiscarded?: boolean) => client.release(isBroken || isDiscarded === true);
  // Without the form of `query` that takes a cursor, which nobody here uses.
  return { query, release } as unknown as PostgresPoolClient;
}

function storableParameter(value: unknown): unknown {
  return typeof value === 'string' ? storable(value) : value;
}
