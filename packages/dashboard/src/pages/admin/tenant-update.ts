import type { Client } from '@sluice/client';
import type { Release, TenantView } from '@sluice/contracts';

export const RELEASE_WORDS: Readonly<Record<Release, string>> = {
  visit: 'open links',
  lookup: 'look up',
  submit: 'hand links over',
  model: 'ask a model',
};

type Update = Parameters<Client['admin']['tenants']['replace']>[1];

/** The whole of a tenant as it is written back; its provider keys stay. */
export function updateOf({ v: _v, tenant: _t, providerKeys: _k, ...rest }: TenantView): Update {
  return rest;
}
