import { DEAD_LETTER_STATES, type DeadLetterFilter, DeadLetterGroup, type DeadLetterState } from '@sluice/contracts';
import { type Kysely, sql } from 'kysely';
import { pageRows } from '../database/pages.ts';
import type { Database } from '../database/schema.ts';
import { matching } from './filter.ts';

/** See `DeadLettersTable.groups`. What a group is called comes from its latest letter. */
export async function groupLetters(
  db: Kysely<Database>,
  filter: DeadLetterFilter,
  limit?: number,
): Promise<DeadLetterGroup[]> {
  const latest = (column: string) => sql`(array_agg(${sql.raw(column)} order by last_failed_at desc, id desc))[1]`;
  const rows = await db
    .selectFrom('dead_letters')
    .select(({ fn }) => [
      'fingerprint',
      latest('name').as('name'),
      latest('code').as('code'),
      latest('message').as('message'),
      latest('id').as('example'),
      fn.countAll<string>().as('count'),
      fn.min('first_failed_at').as('first'),
      fn.max('last_failed_at').as('last'),
      ...DEAD_LETTER_STATES.map((state) => sql<string>`count(*) filter (where state = ${sql.lit(state)})`.as(state)),
    ])
    .where(matching(filter))
    .groupBy('fingerprint')
    .orderBy('count', 'desc')
    .orderBy('fingerprint')
    .limit(pageRows(limit))
    .execute();
  return rows.map((row) =>
    DeadLetterGroup.parse({
      fingerprint: row.fingerprint,
      name: row.name,
      code: row.code,
      message: row.message,
      count: Number(row.count),
      byState: statesOf(row),
      firstSeenMs: new Date(row.first).getTime(),
      lastSeenMs: new Date(row.last).getTime(),
      example: row.example,
    }),
  );
}

function statesOf(counts: Record<DeadLetterState, string>): DeadLetterGroup['byState'] {
  const all = DEAD_LETTER_STATES.map((state) => [state, Number(counts[state])] as const);
  return Object.fromEntries(all.filter(([, count]) => count > 0));
}
