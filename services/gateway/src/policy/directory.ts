import { TenantId } from '@sluice/contracts';
import { cached, type Forgetful, type Namespace, type NamespaceConfig } from '@sluice/fleet/cache';
import type { MailRecipient } from '@sluice/records';
import { z } from 'zod';
import { forgotten } from '../cache/forgotten.ts';
import { type AddressForms, formsOf } from './address.ts';

/** What the record says of a recipient. */
export const RecipientFact = z.object({
  tenant: TenantId,
  isActive: z.boolean(),
  /** The entry that says so: the address, its mailbox, or its whole domain. */
  entry: z.string(),
});
export type RecipientFact = z.infer<typeof RecipientFact>;

export interface Found {
  /** Null: no address of ours. */
  fact: RecipientFact | null;
  /** Where it is from; `stale`: it is older than its lifetime, and the record did not answer. */
  source: 'memory' | 'cache' | 'stale' | 'record';
}

export type PolicyNamespace = Namespace<RecipientFact> & Forgetful;

/** Who takes no mail is looked up anew after this. */
const REFUSED_SECONDS = 60;
/** While the record is away, what was known to be an address of ours stands for a day. */
const STALE_SECONDS = 86_400;
/** A copy stands in for the record that does not answer within the first; the second is the longest that anybody waits. */
const SOFT_MS = 500;
const HARD_MS = 3_000;
/** So long a copy in memory is trusted while nobody can be heard. */
const BLIND_MS = 1_000;

interface NamespaceSettings {
  version: number;
  /** `REDIS_CACHE_TTL`. */
  hitSeconds: number;
  tag: string | null;
}

/** The namespace `policy`: by the normal form of an address, what the record says of it. */
export function policyNamespace({ version, hitSeconds, tag }: NamespaceSettings): NamespaceConfig<RecipientFact> {
  const refusedSeconds = Math.min(REFUSED_SECONDS, hitSeconds);
  return {
    name: 'policy',
    version,
    hitSeconds,
    notFoundSeconds: refusedSeconds,
    secondsOf: ({ isActive }) => (isActive ? undefined : refusedSeconds),
    staleSeconds: STALE_SECONDS,
    jitterShare: 0,
    softMs: SOFT_MS,
    hardMs: HARD_MS,
    blindMs: BLIND_MS,
    schema: RecipientFact,
    tagsOf(fact, address) {
      const forms = formsOf(address, tag);
      const ofAddress = forms === null ? [] : [mailboxTag(forms.mailbox), domainTag(forms.domain ?? '')];
      return fact === null ? ofAddress : [...ofAddress, tenantTag(fact.tenant)];
    },
  };
}

const mailboxTag = (mailbox: string) => `mailbox:${mailbox}`;
const domainTag = (domain: string) => `domain:${domain}`;
const tenantTag = (tenant: string) => `tenant:${tenant}`;

interface DirectoryConfig {
  /** Null: there is no cache, and the record is asked each time. */
  namespace: PolicyNamespace | null;
  addresses: { find(address: string): Promise<Pick<MailRecipient, 'tenant' | 'isActive'> | null> };
  tag: string | null;
}

export type AddressDirectory = ReturnType<typeof createAddressDirectory>;

/**
 * `mail_addresses` behind the fleet's cache. An address is looked up as it is, then without its tag, then by its domain; the first entry decides, also
 * one that is not active.
 */
export function createAddressDirectory({ namespace, addresses, tag }: DirectoryConfig) {
  async function ask({ address, mailbox, domain }: AddressForms): Promise<RecipientFact | null> {
    for (const entry of new Set([address, mailbox, domain])) {
      const held = entry === null ? null : await addresses.find(entry);
      if (entry !== null && held !== null) return { tenant: held.tenant, isActive: held.isActive, entry };
    }
    return null;
  }

  const find = namespace === null ? null : cached(namespace, (address) => ask(requireForms(formsOf(address, tag))));

  return {
    /** Null: this is no address. Throws `record-away`, `record-busy`, `cache-ask-timeout` where nobody can say. */
    formsOf: (written: string) => formsOf(written, tag),

    async find(forms: AddressForms): Promise<Found> {
      if (find === null) return { fact: await ask(forms), source: 'record' };
      const { value, source } = await find(forms.address);
      return { fact: value, source: SOURCES[source] };
    },

    /** After an entry was changed: every process asks anew within a second for all that it may decide. Throws `cache-unreachable` (503). */
    async forget(entry: string): Promise<void> {
      const name = entry.startsWith('@') ? domainTag(entry) : mailboxTag(requireForms(formsOf(entry, tag)).mailbox);
      await forgotten(namespace?.invalidateTag(name));
    },

    /** After a tenant was changed or removed. Throws `cache-unreachable` (503). */
    forgetTenant: (tenant: TenantId): Promise<void> => forgotten(namespace?.invalidateTag(tenantTag(tenant))),
  };
}

const SOURCES = { memory: 'memory', redis: 'cache', stale: 'stale', fresh: 'record', joined: 'record' } as const;

function requireForms(forms: AddressForms | null): AddressForms {
  if (forms === null) throw new TypeError('this is no address');
  return forms;
}
