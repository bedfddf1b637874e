import { PROVIDERS, type Provider, type TenantId, type TenantPolicy } from '@sluice/contracts';
import { type DataKey, unseal } from '@sluice/fleet/settings';
import { SETTING_OF } from './actions.ts';
import type { ProviderSettings } from './settings.ts';

export interface Key {
  apiKey: string;
  /** Whose own it is; nothing for the fleet's. */
  owner?: TenantId;
}

/** By provider; `sealed`: the tenant has one of its own that cannot be opened here. */
export type Keys = Partial<Record<Provider, Key | 'sealed'>>;

/**
 * The keys that a tenant's questions are asked with: its own where it has one, else the fleet's. One that cannot be opened is not replaced by the fleet's: that
 * would spend a quota which the tenant does not mean to.
 */
export function keysOf(
  settings: ProviderSettings,
  { tenant, keys }: Pick<TenantPolicy, 'tenant' | 'keys'>,
  dataKey: DataKey | undefined,
): Keys {
  const entries = PROVIDERS.flatMap((provider): [Provider, Key | 'sealed'][] => {
    const sealed = keys[provider];
    if (sealed !== undefined) return [[provider, opened(sealed, tenant, dataKey)]];
    const apiKey = settings[`${SETTING_OF[provider]}_API_KEY`];
    return apiKey === undefined ? [] : [[provider, { apiKey }]];
  });
  return Object.fromEntries(entries);
}

function opened(sealed: string, owner: TenantId, dataKey: DataKey | undefined): Key | 'sealed' {
  if (dataKey === undefined) return 'sealed';
  try {
    return { apiKey: unseal(dataKey, sealed), owner };
  } catch {
    return 'sealed';
  }
}
