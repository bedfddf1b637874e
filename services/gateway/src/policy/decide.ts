import type { PolicyReason, PolicyVerdict, TenantId, TenantPolicy } from '@sluice/contracts';
import type { Logger } from '@sluice/fleet/service';
import type { AddressDirectory, Found } from './directory.ts';
import type { Room } from './room.ts';

export interface Decision {
  verdict: PolicyVerdict;
  reason: PolicyReason;
  /** In its normal form; as it was written where it is no address. */
  recipient: string;
  /** Whose it is; null where it is nobody's, or nobody can say. */
  tenant: TenantId | null;
  /** Where it is known from; null where nothing was looked up. */
  source: Found['source'] | null;
}

interface DecideConfig {
  directory: Pick<AddressDirectory, 'find' | 'formsOf'>;
  policyOf: (tenant: TenantId) => Promise<Pick<TenantPolicy, 'isBlocked'>>;
  roomOf: (tenant: TenantId) => Promise<Room>;
  /** Whether mail is scanned; the operator may have switched that off. */
  isOn: () => Promise<boolean>;
  log: Logger;
}

export type Decide = (recipient: string) => Promise<Decision>;

const REFUSED: Record<Exclude<Room, 'free'>, PolicyReason> = { jobs: 'too-many-jobs', day: 'too-many-jobs-today' };

/**
 * Whether mail for a recipient is taken in. What the record says of the address may be cached; the tenant's plan and what is left of it are those of
 * the last second. Never throws: where nobody can say, the verdict is `unsure`.
 */
export function createDecide({ directory, policyOf, roomOf, isOn, log }: DecideConfig): Decide {
  let isUnsure = false;

  /** Said once, not for every check, while it lasts. */
  function tell(error: unknown): void {
    if (!isUnsure) log.warn('policy checks cannot be decided', { error });
    isUnsure = true;
  }

  async function judge(tenant: TenantId, isActive: boolean): Promise<[PolicyVerdict, PolicyReason]> {
    if (!isActive) return ['reject', 'inactive-recipient'];
    if ((await policyOf(tenant)).isBlocked) return ['reject', 'tenant-blocked'];
    if (!(await isOn())) return ['defer', 'intake-off'];
    const room = await roomOf(tenant);
    return room === 'free' ? ['accept', 'known-recipient'] : ['defer', REFUSED[room]];
  }

  return async (written) => {
    const forms = directory.formsOf(written);
    if (forms === null) {
      return { verdict: 'reject', reason: 'no-address', recipient: written, tenant: null, source: null };
    }
    const recipient = forms.address;
    let found: Found | null = null;
    try {
      found = await directory.find(forms);
      const { fact, source } = found;
      if (fact === null) {
        return { verdict: 'reject', reason: 'unknown-recipient', recipient, tenant: null, source };
      }
      const [verdict, reason] = await judge(fact.tenant, fact.isActive);
      if (source !== 'stale') isUnsure = false;
      return { verdict, reason, recipient, tenant: fact.tenant, source };
    } catch (error) {
      tell(error);
      const tenant = found?.fact?.tenant ?? null;
      return { verdict: 'unsure', reason: 'away', recipient, tenant, source: found?.source ?? null };
    }
  };
}
