export * from './door/types.ts';
export * from './jobs/types.ts';
export type * from './judgement/types.ts';
export type { RecordedQuota } from './quota-settings.ts';
export type { QuotaUsage } from './quota-usage.ts';
export { openRecords, type RecordsOptions } from './open.ts';
export type * from './types.ts';
