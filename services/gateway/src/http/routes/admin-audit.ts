import { AuditPage, AuditQuery } from '@sluice/contracts';
import type { Records } from '@sluice/records';
import { tenantsOf } from '../../keys/caller.ts';
import { answer, type Route, route } from '../route.ts';

/** `/api/admin/audit`: who did what. */
export function auditRoutes({ records }: { records: Pick<Records, 'audit'> }): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/admin/audit',
      name: 'admin-audit',
      chapter: 'Administration: audit',
      summary: 'Who did what, newest first: what changed the fleet or a tenant, and who read a raw mail.',
      access: 'admin',
      query: AuditQuery,
      answers: { 200: { says: 'A page of entries.', name: 'AuditPage', schema: AuditPage } },
      problems: ['foreign-tenant', 'bad-cursor'],
      async handle({ caller, query: { limit, cursor, tenant: named, ...filter } }) {
        const tenant = tenantsOf(caller, named) ?? undefined;
        const { entries, next } = await records.audit.list({ ...filter, tenant }, { limit, cursor });
        return answer({ v: 1, items: entries, next });
      },
    }),
  ];
}
