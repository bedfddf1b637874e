import type { Route } from './route.ts';
import { type AddressRoutesConfig, addressRoutes } from './routes/admin-addresses.ts';
import { auditRoutes } from './routes/admin-audit.ts';
import { type KeyRoutesConfig, keyRoutes } from './routes/admin-keys.ts';
import { type LetterRoutesConfig, letterRoutes } from './routes/admin-letters.ts';
import { type QuotaAdminConfig, quotaAdminRoutes } from './routes/admin-quotas.ts';
import { type SwitchAdminConfig, switchAdminRoutes } from './routes/admin-switches.ts';
import { type TenantRoutesConfig, tenantRoutes } from './routes/admin-tenants.ts';
import { type CacheRoutesConfig, cacheRoutes } from './routes/cache.ts';
import { type FleetRoutesConfig, fleetRoutes } from './routes/fleet.ts';
import { homeRoutes } from './routes/home.ts';
import { type JobRoutesConfig, jobRoutes } from './routes/jobs.ts';
import { type PolicyRoutesConfig, policyRoutes } from './routes/policy.ts';
import { type SessionRoutesConfig, sessionRoutes } from './routes/session.ts';
import { submitRoutes } from './routes/submit.ts';
import { type RequestRoutesConfig, requestRoutes } from '../requests/routes.ts';
import { type ScanRouteConfig, scanRoutes } from '../requests/scan-route.ts';
import { type MailRoutesConfig, mailRoutes } from '../page/mail.ts';
import { type WebhookRoutesConfig, webhookRoutes } from '../webhooks/routes.ts';
import { type FeedbackRoutesConfig, feedbackRoutes } from '../feedback/routes.ts';
import { type JudgementRoutesConfig, judgementRoutes } from '../judgement/routes.ts';
import { socketRoutes } from '../sockets/routes.ts';
import type { Submit } from '../submit.ts';
import type { Records } from '@sluice/records';

export type TableConfig = JobRoutesConfig &
  FleetRoutesConfig &
  SessionRoutesConfig &
  CacheRoutesConfig &
  KeyRoutesConfig &
  TenantRoutesConfig &
  QuotaAdminConfig &
  SwitchAdminConfig &
  LetterRoutesConfig &
  WebhookRoutesConfig &
  AddressRoutesConfig &
  PolicyRoutesConfig &
  MailRoutesConfig &
  JudgementRoutesConfig &
  FeedbackRoutesConfig &
  RequestRoutesConfig &
  ScanRouteConfig & { submit: Submit; records: Records; intakeRoutes: readonly Route[] };

/** Every route of the API: what the router serves and what the document describes. */
export function createTable(config: TableConfig): readonly Route[] {
  const table: Route[] = [
    ...submitRoutes(config),
    ...scanRoutes(config),
    ...requestRoutes(config),
    ...config.intakeRoutes,
    ...policyRoutes(config),
    ...jobRoutes(config),
    ...mailRoutes(config),
    ...fleetRoutes(config),
    ...sessionRoutes(config),
    ...tenantRoutes(config),
    ...keyRoutes(config),
    ...addressRoutes(config),
    ...quotaAdminRoutes(config),
    ...switchAdminRoutes(config),
    ...feedbackRoutes(config),
    ...judgementRoutes(config),
    ...letterRoutes(config),
    ...webhookRoutes(config),
    ...auditRoutes(config),
    ...cacheRoutes(config),
    ...socketRoutes(),
    ...homeRoutes(() => table),
  ];
  return table;
}
