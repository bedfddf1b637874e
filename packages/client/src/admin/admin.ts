import type { Asker } from '../ask.ts';
import { type AddressMethods, addressMethods } from './addresses.ts';
import { type AuditMethods, auditMethods } from './audit.ts';
import { type CacheMethods, cacheMethods } from './cache.ts';
import { type JudgementMethods, judgementMethods } from './judgement.ts';
import { type KeyMethods, keyMethods } from './keys.ts';
import { type LetterMethods, letterMethods } from './letters.ts';
import { type QuotaMethods, quotaMethods } from './quotas.ts';
import { type SwitchMethods, switchMethods } from './switches.ts';
import { type TenantMethods, tenantMethods } from './tenants.ts';

/** Administration: what a key may of it is said by its role. */
export interface AdminMethods {
  tenants: TenantMethods;
  keys: KeyMethods;
  addresses: AddressMethods;
  quotas: QuotaMethods;
  switches: SwitchMethods;
  cache: CacheMethods;
  deadLetters: LetterMethods;
  judgement: JudgementMethods;
  audit: AuditMethods;
}

export function adminMethods(asker: Asker): AdminMethods {
  return {
    tenants: tenantMethods(asker),
    keys: keyMethods(asker),
    addresses: addressMethods(asker),
    quotas: quotaMethods(asker),
    switches: switchMethods(asker),
    cache: cacheMethods(asker),
    deadLetters: letterMethods(asker),
    judgement: judgementMethods(asker),
    audit: auditMethods(asker),
  };
}
