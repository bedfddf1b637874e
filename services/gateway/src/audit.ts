import { randomUUIDv7 } from 'node:crypto';
import type { TenantId } from '@sluice/contracts';
import type { Logger } from '@sluice/fleet/service';
import type { AuditEntry, Records } from '@sluice/records';
import type { Caller } from './keys/caller.ts';

/** What was done; no secret and no mail content. */
export interface Deed {
  /** As `key.revoke`. */
  action: string;
  target: string;
  /** Whose data it was about; null: the fleet's. */
  tenant: TenantId | null;
  detail?: Record<string, unknown>;
}

interface AuditConfig {
  records: Pick<Records, 'audit'>;
  log: Logger;
  now?: () => number;
}

export type Audit = ReturnType<typeof createAudit>;

/** Keeps who did what. */
export function createAudit({ records, log, now = Date.now }: AuditConfig) {
  const entryOf = (caller: Pick<Caller, 'keyId'>, requestId: string | null, deed: Deed): AuditEntry => {
    const { action, target, tenant, detail = {} } = deed;
    const what = { action, target: target.slice(0, 200), tenant, detail };
    return { id: randomUUIDv7(), atMs: now(), actor: caller.keyId, requestId, ...what };
  };
  return {
    /** Before a deed that nobody may do unseen; the entry's id. Throws `record-away` (503). */
    async require(caller: Pick<Caller, 'keyId'>, requestId: string, deed: Deed): Promise<string> {
      const entry = entryOf(caller, requestId, deed);
      await records.audit.append(entry);
      return entry.id;
    },
    /** After a deed; null: nobody asked for it. Where the record is away, the entry stands in the log. */
    async note(caller: Pick<Caller, 'keyId'>, requestId: string | null, deed: Deed): Promise<void> {
      const entry = entryOf(caller, requestId, deed);
      try {
        await records.audit.append(entry);
      } catch (error) {
        log.warn('audit entry not recorded', { entry, error });
      }
    },
  };
}
