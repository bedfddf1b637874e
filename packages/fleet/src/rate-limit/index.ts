export { parseQuotas, Quota, type QuotaInput, QuotaWindow } from './quota.ts';
export {
  createQuotas,
  type EndOptions,
  type Lease,
  type Quotas,
  type QuotasConfig,
  type QuotaState,
  type QuotaUse,
  type Take,
  type TakeOptions,
} from './quotas.ts';
export { type CallContext, providerRefused, withQuota } from './with-quota.ts';
