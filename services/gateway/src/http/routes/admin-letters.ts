import {
  DeadLetter,
  type DeadLetterFilter,
  DeadLetterGroups,
  DeadLetterOrder,
  DeadLetterOrdered,
  DeadLetterPage,
  DeadLetterQuery,
  DeadLetterStats,
  type DeskOrder,
  SluiceError,
} from '@sluice/contracts';
import type { Records } from '@sluice/records';
import { z } from 'zod';
import type { Audit } from '../../audit.ts';
import { type Caller, isOperator, tenantsOf } from '../../keys/caller.ts';
import { canOrder, type LetterOrders } from '../../letters/orders.ts';
import { sendLines } from '../lines.ts';
import { answer, type Route, route, SENT } from '../route.ts';

export interface LetterRoutesConfig {
  records: Pick<Records, 'deadLetters'>;
  orders: LetterOrders;
  audit: Audit;
  now?: () => number;
}

const BASE = '/api/admin/dead-letters';
const MOST_GROUPS = 200;
const CHAPTER = 'Administration: dead letters';
const GroupsQuery = DeadLetterQuery.omit({ cursor: true });
const ExportQuery = GroupsQuery.omit({ limit: true });
const ofLetters = { chapter: CHAPTER, access: 'admin', query: DeadLetterQuery } as const;
const ofLetter = {
  chapter: CHAPTER,
  access: 'admin',
  params: z.object({ id: z.string().max(200) }),
  absent: noLetter,
} as const;

/** `/api/admin/dead-letters`: an admin has those of the own tenant, an operator those of all. */
export function letterRoutes(config: LetterRoutesConfig): Route[] {
  return [
    ...readRoutes(config),
    exportRoute(config),
    orderManyRoute('requeue', config),
    orderManyRoute('discard', config),
    findRoute(config),
    orderOneRoute('requeue', config),
    orderOneRoute('discard', config),
  ];
}

function readRoutes({ records, now = Date.now }: LetterRoutesConfig): Route[] {
  return [
    route({
      ...ofLetters,
      method: 'get',
      path: BASE,
      name: 'admin-dead-letters',
      summary: 'Tasks that did not come to an answer, by their first failure, newest first.',
      answers: { 200: { says: 'A page of dead letters.', name: 'DeadLetterPage', schema: DeadLetterPage } },
      problems: ['foreign-tenant', 'bad-cursor'],
      async handle({ caller, query: { limit, cursor, ...asked } }) {
        const { letters, next } = await records.deadLetters.list(filterFor(caller, asked), { limit, cursor });
        return answer({ v: 1, items: letters, next });
      },
    }),
    route({
      ...ofLetters,
      method: 'get',
      path: `${BASE}/groups`,
      query: GroupsQuery,
      name: 'admin-dead-letter-groups',
      summary: 'Dead letters by fingerprint: the same fault together, the largest group first.',
      answers: { 200: { says: 'The groups.', name: 'DeadLetterGroups', schema: DeadLetterGroups } },
      problems: ['foreign-tenant'],
      async handle({ caller, query: { limit, ...asked } }) {
        const most = Math.min(limit, MOST_GROUPS);
        const groups = await records.deadLetters.groups(filterFor(caller, asked), { limit: most });
        return answer({ v: 1, groups });
      },
    }),
    route({
      ...ofLetters,
      method: 'get',
      path: `${BASE}/stats`,
      name: 'admin-dead-letter-stats',
      summary: 'How many there are, how old, and what retries have come to; of all tenants.',
      access: 'operator',
      query: z.strictObject({}),
      answers: { 200: { says: 'The statistics.', name: 'DeadLetterStats', schema: DeadLetterStats } },
      problems: [],
      handle: async () => answer(await records.deadLetters.stats(now())),
    }),
  ];
}

function findRoute({ records }: LetterRoutesConfig): Route {
  return route({
    ...ofLetter,
    method: 'get',
    path: `${BASE}/{id}`,
    name: 'admin-dead-letter',
    summary: 'One dead letter with the story of every attempt.',
    answers: { 200: { says: 'The dead letter.', name: 'DeadLetter', schema: DeadLetter } },
    problems: ['dead-letter-not-found'],
    handle: async ({ caller, params }) => answer(await findLetter(records, caller, params.id)),
  });
}

function exportRoute({ records, audit }: LetterRoutesConfig): Route {
  return route({
    ...ofLetters,
    method: 'get',
    path: `${BASE}/export`,
    query: ExportQuery,
    name: 'admin-dead-letter-export',
    summary: 'All that the filter names as JSON lines.',
    answers: { 200: { says: 'One dead letter a line.', types: ['application/x-ndjson'] } },
    problems: ['foreign-tenant'],
    async handle({ caller, query, response, requestId }) {
      const filter = filterFor(caller, query);
      const { tenant = null, ...detail } = filter;
      await audit.note(caller, requestId, { action: 'dead-letter.export', target: 'dead-letters', tenant, detail });
      await sendLines(response, 'dead-letters.jsonl', records.deadLetters.each(filter));
      return SENT;
    },
  });
}

function orderManyRoute(action: DeskOrder['action'], { orders, audit }: LetterRoutesConfig): Route {
  return route({
    method: 'post',
    path: `${BASE}/${action}`,
    name: `admin-dead-letters-${action}`,
    chapter: CHAPTER,
    summary:
      action === 'requeue'
        ? 'Has all that the filter names tried again, spread in time; what has healed is left out. 10,000 a request.'
        : 'Gives up all open ones that the filter names. 10,000 a request.',
    access: 'admin',
    body: { name: 'DeadLetterOrder', schema: DeadLetterOrder },
    answers: { 202: { says: 'What is ordered.', name: 'DeadLetterOrdered', schema: DeadLetterOrdered } },
    problems: ['foreign-tenant'],
    async handle({ caller, body, requestId }) {
      const filter = filterFor(caller, body.filter);
      const order = { ...body, action, filter, by: caller.keyId };
      const planned = await orders({ ...order, dryRun: true });
      if (body.dryRun) return answer(planned, 202);
      const { tenant = null } = filter;
      const { matched, ordered } = planned;
      const detail = { filter, matched, ordered, ratePerSecond: body.ratePerSecond };
      // First, and for certain: should Redis lose the orders, the desk gives them again from this entry.
      await audit.require(caller, requestId, {
        action: `dead-letter.${action}`,
        target: 'dead-letters',
        tenant,
        detail,
      });
      return answer(await orders(order), 202);
    },
  });
}

function orderOneRoute(action: DeskOrder['action'], { records, orders, audit }: LetterRoutesConfig): Route {
  return route({
    ...ofLetter,
    method: 'post',
    path: `${BASE}/{id}/${action}`,
    name: `admin-dead-letter-${action}`,
    summary: action === 'requeue' ? 'Has it tried again.' : 'Gives it up.',
    answers: { 202: { says: 'It is ordered.', name: 'DeadLetterOrdered', schema: DeadLetterOrdered } },
    problems: ['dead-letter-not-found', 'dead-letter-ended'],
    async handle({ caller, params, requestId }) {
      const letter = await findLetter(records, caller, params.id);
      if (!canOrder(action, letter)) {
        const message = `This dead letter is ${letter.state} already.`;
        throw new SluiceError('dead-letter-ended', message, { httpStatus: 409 });
      }
      const filter = { ids: [letter.id] };
      const { id: target, tenant } = letter;
      await audit.require(caller, requestId, { action: `dead-letter.${action}`, target, tenant });
      return answer(await orders({ action, filter, by: caller.keyId, dryRun: false, ratePerSecond: 1 }), 202);
    },
  });
}

/** The filter within what the caller may see. Throws `foreign-tenant` (403). */
function filterFor(caller: Caller, filter: DeadLetterFilter): DeadLetterFilter {
  const { tenant: named, ...rest } = filter;
  const tenant = tenantsOf(caller, named);
  return tenant === null ? rest : { ...rest, tenant };
}

async function findLetter(
  { deadLetters }: Pick<Records, 'deadLetters'>,
  caller: Caller,
  id: string,
): Promise<DeadLetter> {
  const letter = await deadLetters.find(id);
  if (letter === null || (letter.tenant !== caller.tenant && !isOperator(caller))) throw noLetter();
  return letter;
}

function noLetter(): SluiceError {
  return new SluiceError('dead-letter-not-found', 'There is no such dead letter.', { httpStatus: 404 });
}
