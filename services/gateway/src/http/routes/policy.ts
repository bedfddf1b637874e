import { PolicyAnswer } from '@sluice/contracts';
import { z } from 'zod';
import { isOperator } from '../../keys/caller.ts';
import type { CheckPolicy } from '../../policy/policy.ts';
import { answer, type Route, route } from '../route.ts';

export interface PolicyRoutesConfig {
  policy: { check: CheckPolicy };
}

const PolicyQuery = z.strictObject({
  recipient: z.string().min(1).max(320).meta({ description: 'Whom a mail would be for.' }),
  sender: z.string().max(320).optional().meta({ description: 'Who would send it. It decides nothing.' }),
});

/** `GET /api/policy`: what Postfix is told over `POLICY_PORT`, as JSON. */
export function policyRoutes({ policy }: PolicyRoutesConfig): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/policy',
      name: 'policy',
      chapter: 'Mail intake',
      summary:
        'Whether mail for a recipient is taken in. An operator asks of all, others of the addresses of their tenant.',
      access: 'submitter',
      query: PolicyQuery,
      answers: { 200: { says: 'The decision.', name: 'PolicyAnswer', schema: PolicyAnswer } },
      problems: [],
      async handle({ caller, query }) {
        const by = isOperator(caller) ? null : caller.tenant;
        return answer(viewOf(await policy.check(query.recipient, { door: 'http', by })));
      },
    }),
  ];
}

function viewOf({
  recipient,
  verdict,
  reason,
  action,
  tenant,
  source,
}: Awaited<ReturnType<CheckPolicy>>): PolicyAnswer {
  return { v: 1, recipient, verdict, reason, action, tenant, source };
}
