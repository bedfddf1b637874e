import { setTimeout as wait } from 'node:timers/promises';
import type { Erased, TenantId } from '@sluice/contracts';
import { ERASURE, type Records } from '@sluice/records';
import { z } from 'zod';
import type { Audit } from '../audit.ts';
import type { Caller } from '../keys/caller.ts';

/** One request waits so long; whoever asks again waits for the same order. */
const WITHIN_MS = 20_000;
const LOOK_MS = 500;

const Done = z.object({ jobs: z.int().nonnegative(), blobs: z.int().nonnegative() });

export type Erase = ReturnType<typeof createErase>;

interface EraseConfig {
  records: Pick<Records, 'audit'>;
  audit: Pick<Audit, 'require'>;
  withinMs?: number;
  lookMs?: number;
}

/**
 * Orders the erasure of what a tenant's mails have left, unless that is ordered already, and waits a while for its end. An entry of the audit is the order; the
 * orchestrator carries it out. The tenant is blocked, so that nothing new comes.
 */
export function createErase({ records, audit, withinMs = WITHIN_MS, lookMs = LOOK_MS }: EraseConfig) {
  return async (caller: Pick<Caller, 'keyId'>, requestId: string, tenant: TenantId): Promise<Erased> => {
    const untilMs = performance.now() + withinMs;
    const [open] = await records.audit.openErasures(tenant);
    const order =
      open?.id ?? (await audit.require(caller, requestId, { action: ERASURE.ordered, target: tenant, tenant }));
    for (;;) {
      const { entries } = await records.audit.list({ action: ERASURE.done, target: order }, { limit: 1 });
      const [done] = entries;
      if (done !== undefined) return { v: 1, tenant, ...Done.parse(done.detail), isComplete: true };
      if (performance.now() > untilMs) return { v: 1, tenant, jobs: 0, blobs: 0, isComplete: false };
      await wait(lookMs);
    }
  };
}
