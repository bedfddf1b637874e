export type { Recall } from './counters.ts';
export { listenToQuotas, QuotaEvent } from './events.ts';
export {
  createLine,
  type Line,
  type LineConfig,
  type Priority,
  type Question,
  standsInLine,
  type Ticket,
  type Waiting,
} from './line/index.ts';
export { collectQuotaMetrics } from './metrics.ts';
export { parseQuotas, Quota, type QuotaInput, QuotaWindow, windowName } from './quota.ts';
export { parseWindows, type QuotaTerms } from './text.ts';
export { createRecall } from './recall.ts';
export { createQuotas, type Quotas, type QuotasConfig } from './quotas.ts';
export type {
  EndOptions,
  Lease,
  QuotaState,
  QuotaUse,
  RefusalCount,
  Report,
  Take,
  TakeOptions,
  WindowState,
} from './types.ts';
export { type CallContext, providerRefused, reservedUse, withQuota } from './with-quota.ts';
export { type AnnouncedQuota, announcedQuotas, announceQuotas } from './registry.ts';
