import {
  DEAD_LETTER_STATES,
  type DeadLetter,
  type DeadLetterFilter,
  DeadLetterStats,
  isOpenLetter,
} from '@sluice/contracts';
import { type Kysely, type SqlBool, sql } from 'kysely';
import { beyond, pageOf, pageRows, readCursor } from '../database/pages.ts';
import type { Database } from '../database/schema.ts';
import type { DeadLettersTable, Page } from '../types.ts';
import { matching } from './filter.ts';
import { groupLetters } from './groups.ts';
import { fromLetter, toLetter } from './rows.ts';
import { unjudgedTasks } from './unjudged.ts';

const EXPORT_ROWS = 500;
const OPEN: readonly string[] = DEAD_LETTER_STATES.filter((state) => isOpenLetter({ state }));
/** Nothing more is tried by itself: what has used up its redrives is parked, and has failed for good or until a person helps. */
const SETTLED: readonly string[] = DEAD_LETTER_STATES.filter((state) => state !== 'scheduled');

export function createDeadLettersTable(db: Kysely<Database>): DeadLettersTable {
  const list = (filter: DeadLetterFilter, page?: Page) => listLetters(db, filter, page);
  return {
    list,
    groups: (filter, options) => groupLetters(db, filter, options?.limit),
    stats: (nowMs) => readStats(db, nowMs),
    expire: (options) => expireLetters(db, options),
    unjudged: (times, page = {}) => unjudgedTasks(db, times, page),

    async save(letter) {
      const row = fromLetter(letter);
      await db
        .insertInto('dead_letters')
        .values(row)
        .onConflict((conflict) =>
          conflict.column('id').doUpdateSet(row).whereRef('dead_letters.updated_at', '<=', 'excluded.updated_at'),
        )
        .execute();
    },

    async find(id) {
      const row = await db.selectFrom('dead_letters').selectAll().where('id', '=', id).executeTakeFirst();
      return row === undefined ? null : toLetter(row);
    },

    async count(filter) {
      const counts = db.selectFrom('dead_letters').select(({ fn }) => fn.countAll<string>().as('count'));
      return Number((await counts.where(matching(filter)).executeTakeFirstOrThrow()).count);
    },

    async *each(filter) {
      let cursor: string | undefined;
      do {
        const page = await list(filter, { limit: EXPORT_ROWS, cursor });
        yield* page.letters;
        cursor = page.next ?? undefined;
      } while (cursor !== undefined);
    },
  };
}

async function listLetters(
  db: Kysely<Database>,
  filter: DeadLetterFilter,
  page: Page = {},
): Promise<{ letters: DeadLetter[]; next: string | null }> {
  const limit = pageRows(page.limit);
  const after = readCursor(page.cursor);
  const all = db.selectFrom('dead_letters').selectAll().where(matching(filter));
  const rest = all.where(beyond(after, 'first_failed_at'));
  const newestFirst = rest.orderBy('first_failed_at', 'desc').orderBy('id', 'desc');
  const rows = await newestFirst.limit(limit + 1).execute();
  const { rows: letters, next } = pageOf(rows.map(toLetter), limit, ({ firstFailedMs, id }) => {
    return { atMs: firstFailedMs, id };
  });
  return { letters, next };
}

async function readStats(db: Kysely<Database>, nowMs: number): Promise<DeadLetterStats> {
  const rows = await db
    .selectFrom('dead_letters')
    .select(({ fn }) => [
      'state',
      fn.countAll<string>().as('count'),
      sql<string>`count(*) filter (where redrives > 0)`.as('redriven'),
      sql<string>`coalesce(sum(redrives), 0)`.as('redrives'),
      fn.min('first_failed_at').as('oldest'),
    ])
    .groupBy('state')
    .execute();
  const sum = (states: readonly string[], pick: (row: (typeof rows)[number]) => string): number =>
    rows.filter(({ state }) => states.includes(state)).reduce((total, row) => total + Number(pick(row)), 0);
  const size = sum(OPEN, ({ count }) => count);
  const oldest = rows.filter(({ state }) => OPEN.includes(state)).map(({ oldest: at }) => new Date(at).getTime());
  const redriven = sum(SETTLED, ({ redriven: some }) => some);
  return DeadLetterStats.parse({
    byState: Object.fromEntries(DEAD_LETTER_STATES.map((state) => [state, sum([state], ({ count }) => count)])),
    size,
    oldestMs: size === 0 ? null : Math.max(0, nowMs - Math.min(...oldest)),
    retrySuccess: redriven === 0 ? null : sum(['resolved'], ({ redriven: some }) => some) / redriven,
    meanRetries: redriven === 0 ? null : sum(SETTLED, ({ redrives }) => redrives) / redriven,
  });
}

async function expireLetters(
  db: Kysely<Database>,
  { beforeMs, nowMs, limit }: { beforeMs: number; nowMs: number; limit: number },
): Promise<{ expired: number; removed: number }> {
  const before = new Date(beforeMs);
  // Literally as the partial indices say it, which parameters would not match.
  const ended = db
    .selectFrom('dead_letters')
    .select('id')
    .where(sql<SqlBool>`state in ('resolved', 'discarded', 'expired')`)
    .where('updated_at', '<', before)
    .orderBy('updated_at')
    .limit(limit);
  const open = db
    .selectFrom('dead_letters')
    .select('id')
    .where(sql<SqlBool>`state in ('scheduled', 'parked')`)
    .where('last_failed_at', '<', before)
    // What waits for a moment, a quota's reset in a month for example, is not forgotten before it.
    .where((is) => is.or([is('next_at', 'is', null), is('next_at', '<', new Date(nowMs))]))
    .orderBy('last_failed_at')
    .limit(limit);
  const removal = await db.deleteFrom('dead_letters').where('id', 'in', ended).executeTakeFirst();
  const expiry = await db
    .updateTable('dead_letters')
    .set({ state: 'expired', reason: 'age', next_at: null, updated_at: new Date(nowMs) })
    .where('id', 'in', open)
    .executeTakeFirst();
  return { expired: Number(expiry.numUpdatedRows), removed: Number(removal.numDeletedRows) };
}
