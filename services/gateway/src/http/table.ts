import type { Route } from './route.ts';
import { auditRoutes } from './routes/admin-audit.ts';
import { type KeyRoutesConfig, keyRoutes } from './routes/admin-keys.ts';
import { type LetterRoutesConfig, letterRoutes } from './routes/admin-letters.ts';
import { type QuotaAdminConfig, quotaAdminRoutes } from './routes/admin-quotas.ts';
import { type TenantRoutesConfig, tenantRoutes } from './routes/admin-tenants.ts';
import { type CacheRoutesConfig, cacheRoutes } from './routes/cache.ts';
import { type FleetRoutesConfig, fleetRoutes } from './routes/fleet.ts';
import { homeRoutes } from './routes/home.ts';
import { type JobRoutesConfig, jobRoutes } from './routes/jobs.ts';
import { type SessionRoutesConfig, sessionRoutes } from './routes/session.ts';
import { submitRoutes } from './routes/submit.ts';
import type { Submit } from '../submit.ts';
import type { Records } from '@sluice/records';

export type TableConfig = JobRoutesConfig &
  FleetRoutesConfig &
  SessionRoutesConfig &
  CacheRoutesConfig &
  KeyRoutesConfig &
  TenantRoutesConfig &
  QuotaAdminConfig &
  LetterRoutesConfig & { submit: Submit; records: Records };

/** Every route of the API: what the router serves and what the document describes. */
export function createTable(config: TableConfig): readonly Route[] {
  const table: Route[] = [
    ...submitRoutes(config),
    ...jobRoutes(config),
    ...fleetRoutes(config),
    ...sessionRoutes(config),
    ...tenantRoutes(config),
    ...keyRoutes(config),
    ...quotaAdminRoutes(config),
    ...letterRoutes(config),
    ...auditRoutes(config),
    ...cacheRoutes(config),
    ...homeRoutes(() => table),
  ];
  return table;
}
