import type { TenantId } from '@sluice/contracts';
import { formsOf } from '../policy/address.ts';
import type { Recipient, Recipients } from './port.ts';

interface RecipientsConfig {
  /** Of the record. */
  addresses: { find(entry: string): Promise<Recipient | null> };
  settings: { tenant(id: TenantId): Promise<{ isBlocked: boolean }> };
  /** What begins the part of a local name that is its owner's own choice, as `+`; null: nothing does. */
  tag: string | null;
}

/**
 * Looks an address up as it is, then without its tag, then by its domain (`@domain`). The first entry decides, also one that is not active. A blocked
 * tenant's addresses are not active.
 */
export function createRecipients({ addresses, settings, tag }: RecipientsConfig): Recipients {
  return {
    async find(written) {
      const forms = formsOf(written, tag);
      if (forms === null) return null;
      for (const entry of new Set([forms.address, forms.mailbox, forms.domain])) {
        const found = entry === null ? null : await addresses.find(entry);
        if (found === null) continue;
        const { isBlocked } = await settings.tenant(found.tenant);
        return { tenant: found.tenant, isActive: found.isActive && !isBlocked };
      }
      return null;
    },
  };
}
