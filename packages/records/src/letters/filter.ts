import type { DeadLetterFilter } from '@sluice/contracts';
import type { ExpressionBuilder, ExpressionWrapper, SqlBool } from 'kysely';
import type { Database } from '../database/schema.ts';

type Letters = ExpressionBuilder<Database, 'dead_letters'>;

/** All that the filter names, as one condition; true where it names nothing. */
export function matching(filter: DeadLetterFilter) {
  return (letters: Letters): ExpressionWrapper<Database, 'dead_letters', SqlBool> => {
    const all: ExpressionWrapper<Database, 'dead_letters', SqlBool>[] = [];
    if (filter.ids !== undefined) all.push(oneOf(letters, filter.ids));
    if (filter.state !== undefined) all.push(letters('state', '=', filter.state));
    if (filter.tenant !== undefined) all.push(letters('tenant', '=', filter.tenant));
    if (filter.jobId !== undefined) all.push(letters('job_id', '=', filter.jobId));
    if (filter.name !== undefined) all.push(letters('name', '=', filter.name));
    if (filter.code !== undefined) all.push(letters('code', '=', filter.code));
    if (filter.fingerprint !== undefined) all.push(letters('fingerprint', '=', filter.fingerprint));
    if (filter.sinceMs !== undefined) all.push(letters('last_failed_at', '>=', new Date(filter.sinceMs)));
    if (filter.untilMs !== undefined) all.push(letters('last_failed_at', '<', new Date(filter.untilMs)));
    return letters.and(all);
  };
}

function oneOf(letters: Letters, ids: readonly string[]): ExpressionWrapper<Database, 'dead_letters', SqlBool> {
  return ids.length === 0 ? letters.or([]) : letters('id', 'in', ids);
}
