import type { SluiceError } from '@sluice/contracts';
import { moment } from './table.ts';

/** What to do about an error, by its code. */
const ADVICE: Readonly<Record<string, string>> = {
  unauthorized:
    'Give a key of this fleet with --key or SLUICE_API_KEY; the first one stands in admin.key of its data folder.',
  forbidden: 'Use a key with another role; `sluice status` shows whose key this is.',
  'foreign-tenant': 'Leave --tenant out, or use an operator’s key (an admin of the tenant default).',
  'tenant-blocked': 'An operator can open it again: sluice tenants unblock TENANT.',
  unreachable: 'See that the fleet runs (`npm start`), or name another one with --fleet or SLUICE_URL.',
  'no-fleet': 'Start one with `npm start`, or name one with --fleet or SLUICE_URL.',
  'no-key': 'Give the key with SLUICE_API_KEY.',
  'bad-answer': 'Use the `sluice` of the same version as the fleet.',
  'job-not-found': 'See `sluice jobs list` for the jobs there are; a job of another tenant wants --tenant.',
  'report-not-ready': 'Follow it with `sluice watch JOB`.',
  'no-report': 'See why with `sluice jobs show JOB`, and have it tried again with `sluice jobs retry JOB`.',
  'tenant-not-found': 'See `sluice tenants list`.',
  'tenant-active': 'Block it first: sluice tenants block TENANT.',
  'key-not-found': 'See `sluice keys list`.',
  'quota-not-found': 'See `sluice quotas show`.',
  'bad-quotas': 'Write it as 4/min, or 4/min,500/day.',
  'dead-letter-not-found': 'See `sluice dlq list`.',
  'webhook-not-found': 'See `sluice webhooks list`.',
  'address-not-found': 'See `sluice addresses list`.',
  'no-such-namespace': 'See `sluice cache stats`.',
  'record-away': 'The database does not answer; jobs under way go on. See the log of the fleet’s PostgreSQL.',
  'no-data-key': 'Set DATA_KEY at the gateway.',
};

/** What a person is told of an error: what went wrong, and what to do where that is known. */
export function explain(error: SluiceError): string[] {
  const again = error.retryAtMs === undefined ? undefined : `Try again after ${moment(error.retryAtMs)} UTC.`;
  const advice = ADVICE[error.code] ?? again;
  return advice === undefined ? [error.message] : [error.message, advice];
}
