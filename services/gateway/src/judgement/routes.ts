import { HeldSay, JudgementSay, MOST_SAY_BYTES, SayTrial, SayTrialRequest, type TenantId } from '@sluice/contracts';
import type { Says } from '@sluice/fleet/settings';
import { faultsOfRules } from '@sluice/judgement/say';
import type { Records } from '@sluice/records';
import { z } from 'zod';
import type { Audit } from '../audit.ts';
import { answer, type Route, route } from '../http/route.ts';
import { requireTenant } from '../http/routes/known-tenant.ts';
import { TenantQuery } from '../http/routes/parameters.ts';
import { tenantOf } from '../keys/caller.ts';
import type { Trial } from './trial.ts';

export interface JudgementRoutesConfig {
  records: Pick<Records, 'tenants' | 'says'>;
  says: Pick<Says, 'put'>;
  trySay: Trial;
  audit: Audit;
  now?: () => number;
}

/** The expressions of its rules can be used, and it is not larger than every worker may hold. */
const Say = JudgementSay.superRefine((say, context) => {
  for (const { path, message } of faultsOfRules(say.rules)) context.addIssue({ code: 'custom', path, message });
  if (Buffer.byteLength(JSON.stringify(say)) > MOST_SAY_BYTES) {
    context.addIssue({ code: 'custom', path: [], message: `has more than ${MOST_SAY_BYTES} bytes` });
  }
});
const Draft = z.strictObject({ ...SayTrialRequest.shape, say: Say });

const common = { chapter: 'Administration: judgement', access: 'admin', query: TenantQuery } as const;
const held = { name: 'HeldSay', schema: HeldSay };

/** `/api/admin/judgement`: what a tenant's operator says of its mails. Written to the record first: without it nothing changes (503). */
export function judgementRoutes({ records, says, trySay, audit, now = Date.now }: JudgementRoutesConfig): Route[] {
  return [
    route({
      ...common,
      method: 'get',
      path: '/api/admin/judgement',
      name: 'admin-judgement',
      summary:
        'What the operator of the tenant says of its mails: lists, own brands and domains, weights, thresholds, rules.',
      answers: { 200: { says: 'What holds.', ...held } },
      problems: ['tenant-not-found', 'foreign-tenant'],
      async handle({ caller, query }) {
        const { tenant } = await requireTenant(records, tenantOf(caller, query.tenant));
        return answer(await heldOf(records, tenant));
      },
    }),
    route({
      ...common,
      method: 'put',
      path: '/api/admin/judgement',
      name: 'admin-judgement-set',
      summary:
        'Replaces the whole of it; it holds in all workers within a second, for mails that are judged from then on.',
      body: { name: 'JudgementSay', schema: Say },
      answers: { 200: { says: 'What holds.', ...held } },
      problems: ['tenant-not-found', 'foreign-tenant'],
      async handle({ caller, query, body: say, requestId }) {
        const { tenant } = await requireTenant(records, tenantOf(caller, query.tenant));
        await records.says.put({ tenant, say, updatedMs: now(), updatedBy: caller.keyId });
        await says.put(tenant, say);
        await audit.note(caller, requestId, { action: 'judgement.set', target: tenant, tenant, detail: sizesOf(say) });
        return answer(await heldOf(records, tenant));
      },
    }),
    route({
      ...common,
      method: 'post',
      path: '/api/admin/judgement/trial',
      name: 'admin-judgement-trial',
      summary:
        'Judges past mails again with a draft, and says whose verdict would change. Nothing changes by it. It takes 20 s at most.',
      body: { name: 'SayTrialRequest', schema: Draft },
      answers: { 200: { says: 'What would change.', name: 'SayTrial', schema: SayTrial } },
      problems: ['tenant-not-found', 'foreign-tenant'],
      async handle({ caller, query, body, requestId }) {
        const { tenant } = await requireTenant(records, tenantOf(caller, query.tenant));
        await audit.require(caller, requestId, { action: 'judgement.trial', target: tenant, tenant });
        return answer(await trySay(tenant, body));
      },
    }),
  ];
}

async function heldOf({ says }: Pick<Records, 'says'>, tenant: TenantId): Promise<HeldSay> {
  const found = await says.find(tenant);
  const updatedAt = found === null ? null : new Date(found.updatedMs).toISOString();
  return { v: 1, tenant, say: found?.say ?? JudgementSay.parse({}), updatedAt };
}

/** For the audit: how much of each there is. */
function sizesOf(say: JudgementSay): Record<string, number> {
  const sizes = Object.entries(say).flatMap(([name, part]): [string, number][] =>
    typeof part === 'object' && part !== null ? [[name, Object.keys(part).length]] : [],
  );
  return Object.fromEntries(sizes);
}
