import { MailAddressPage, type MailAddressUpdate, MailAddressView, type NewMailAddress } from '@sluice/contracts';
import type { Asker, Sent } from '../ask.ts';
import { type List, listOf } from '../pages.ts';
import { path } from '../path.ts';

const ADDRESSES = 'api/admin/addresses';

/** Whose mail is taken in. `@domain` is an address too. */
export interface AddressMethods extends List<MailAddressView, { tenant?: string | undefined }> {
  find(address: string, signal?: AbortSignal): Promise<MailAddressView>;
  create(address: Sent<typeof NewMailAddress>, signal?: AbortSignal): Promise<MailAddressView>;
  /** Replaces the whole of it: what is left out has its default. */
  replace(address: string, update: Sent<typeof MailAddressUpdate>, signal?: AbortSignal): Promise<MailAddressView>;
  remove(address: string, signal?: AbortSignal): Promise<void>;
}

export function addressMethods({ ask, tell }: Asker): AddressMethods {
  return {
    ...listOf((query, signal) => ask(MailAddressPage, { method: 'GET', path: ADDRESSES, query: { ...query }, signal })),
    find: async (address, signal) =>
      ask(MailAddressView, { method: 'GET', path: path`api/admin/addresses/${address}`, signal }),
    create: (address, signal) =>
      ask(MailAddressView, { method: 'POST', path: ADDRESSES, json: address, signal, isRepeatable: false }),
    replace: async (address, update, signal) =>
      ask(MailAddressView, { method: 'PUT', path: path`api/admin/addresses/${address}`, json: update, signal }),
    remove: async (address, signal) => tell({ method: 'DELETE', path: path`api/admin/addresses/${address}`, signal }),
  };
}
