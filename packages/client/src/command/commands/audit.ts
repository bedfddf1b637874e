import { type OptionTable, readMoment, readOperands } from '../options.ts';
import { command } from '../spec.ts';
import { type Cell, moment } from '../table.ts';
import type { AuditView } from '@sluice/contracts';
import { showList } from './show.ts';
import { LIMIT, take } from './take.ts';

const SEARCH = {
  actor: { type: 'string', value: 'KEY', says: 'id of the key that did it' },
  action: { type: 'string', value: 'ACTION', says: 'as key.revoke' },
  target: { type: 'string', value: 'ID', says: 'what it was done to' },
  since: { type: 'string', value: 'WHEN', says: '90m, 24h, 7d ago, or a date (UTC)' },
  until: { type: 'string', value: 'WHEN', says: 'before' },
  ...LIMIT,
} as const satisfies OptionTable;

export const audit = command({
  name: 'audit',
  summary: 'who did what, newest first',
  options: SEARCH,
  async run({ values, operands, out, connect, signal, nowMs }) {
    readOperands(operands);
    const { actor, action, target, tenant } = values;
    const sinceMs = readMoment('since', values.since, nowMs);
    const untilMs = readMoment('until', values.until, nowMs);
    const client = await connect();
    const found = take(values.limit, (query) =>
      client.admin.audit.each({ actor, action, target, tenant, sinceMs, untilMs, ...query }, signal),
    );
    await showList(
      out,
      found,
      ['WHEN', 'KEY', 'ACTION', 'TARGET', 'TENANT', 'DETAIL'],
      rowOf,
      'There is no such entry.',
    );
  },
});

function rowOf({ atMs, actor, action, target, tenant, detail }: AuditView): Cell[] {
  const more = Object.keys(detail).length === 0 ? '' : JSON.stringify(detail);
  return [moment(atMs), actor, action, target, tenant, more];
}
