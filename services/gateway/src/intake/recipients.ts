import type { TenantId } from '@sluice/contracts';
import type { AddressDirectory } from '../policy/directory.ts';
import type { Recipients } from './port.ts';

interface RecipientsConfig {
  directory: Pick<AddressDirectory, 'formsOf' | 'find'>;
  settings: { tenant(id: TenantId): Promise<{ isBlocked: boolean }> };
}

/**
 * Who a mail is for, as policy checks know it: what is cached goes on while the record is away. A blocked tenant's addresses are not active.
 */
export function createRecipients({ directory, settings }: RecipientsConfig): Recipients {
  return {
    async find(written) {
      const forms = directory.formsOf(written);
      const fact = forms === null ? null : (await directory.find(forms)).fact;
      if (fact === null) return null;
      const { isBlocked } = await settings.tenant(fact.tenant);
      return { tenant: fact.tenant, isActive: fact.isActive && !isBlocked };
    },
  };
}
