import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { PRIORITIES, SluiceError, type TenantUpdate, type TenantView, TLPS } from '@sluice/contracts';
import type { Sent } from '../../ask.ts';
import { type OptionTable, readNumber, readOneOf, readOperands, UsageError, type Values } from '../options.ts';
import { command } from '../spec.ts';
import type { Cell } from '../table.ts';
import { showDone, showList, showOne } from './show.ts';
import { LIMIT, take } from './take.ts';

type Update = Sent<typeof TenantUpdate>;
type Plan = NonNullable<Update['plan']>;

const PLAN = {
  name: { type: 'string', value: 'NAME', says: 'for people' },
  'requests-per-second': { type: 'string', value: 'N', says: 'of all its keys together: 50' },
  'jobs-in-flight': { type: 'string', value: 'N', says: '10000' },
  'jobs-per-day': { type: 'string', value: 'N', says: 'in UTC: 1000000' },
  'priority-ceiling': { type: 'string', value: 'P', says: 'what is more urgent is lowered to it: urgent' },
  tlp: { type: 'string', value: 'TLP', says: 'of mails that say nothing else: amber' },
  from: {
    type: 'string',
    value: 'FILE',
    says: 'the rest as the API has it (JSON): release, providers, shares, providerKeys',
  },
} as const satisfies OptionTable;

interface Where {
  env: NodeJS.ProcessEnv;
  terminal: { cwd(): string };
}

/** What the words change of what holds. */
async function readUpdate(values: Values<typeof PLAN>, held: Update, { env, terminal }: Where): Promise<Update> {
  const given = values.from === undefined ? {} : await readJson(resolve(env.INIT_CWD ?? terminal.cwd(), values.from));
  const number = (name: keyof typeof PLAN) =>
    values[name] === undefined ? undefined : readNumber(name, values[name], 1, 100_000_000);
  const plan: Plan = withoutGaps({
    requestsPerSecond: number('requests-per-second'),
    jobsInFlight: number('jobs-in-flight'),
    jobsPerDay: number('jobs-per-day'),
    priorityCeiling: readOneOf('priority-ceiling', values['priority-ceiling'], PRIORITIES),
  });
  const base = { ...held, ...given };
  const defaultTlp = readOneOf('tlp', values.tlp, TLPS) ?? base.defaultTlp;
  return { ...base, name: values.name ?? base.name, defaultTlp, plan: { ...base.plan, ...plan } };
}

function withoutGaps<T extends object>(value: { [Name in keyof T]: T[Name] | undefined }): T {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as T;
}

async function readJson(file: string): Promise<Partial<Update>> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Partial<Update>;
  } catch (error) {
    if (error instanceof SyntaxError) throw new UsageError(`${file} is not JSON.`);
    throw new SluiceError('unreadable', `${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`);
  }
}

/** A tenant as it is sent back: without what only the gateway writes. */
function updateOf({ name, isBlocked, plan, defaultTlp, release, providers, shares }: TenantView): Update {
  return { name, isBlocked, plan, defaultTlp, release, providers, shares };
}

function fieldsOf({ tenant, name, isBlocked, plan, ...rest }: TenantView): Cell[][] {
  return [
    ['Tenant', tenant],
    ['Name', name],
    ['State', isBlocked ? 'blocked' : 'open'],
    ['Requests', `${plan.requestsPerSecond} a second`],
    ['Jobs', `${plan.jobsInFlight} in flight, ${plan.jobsPerDay} a day, ${plan.priorityCeiling} at most`],
    ['TLP', rest.defaultTlp],
    ...Object.entries(rest.release).map(([tlp, what]): Cell[] => [`  ${tlp}`, what.join(', ') || 'nothing leaves']),
    ['Providers', rest.providers === null ? 'all' : rest.providers.join(', ') || 'none'],
    ['Own keys', rest.providerKeys.join(', ') || 'none'],
  ];
}

const list = command({
  name: 'tenants list',
  summary: 'all tenants; for an operator',
  options: LIMIT,
  async run({ values, operands, out, connect, signal }) {
    readOperands(operands);
    const { tenants } = (await connect()).admin;
    const found = take(values.limit, (query) => tenants.each(query, signal));
    const head = ['TENANT', 'STATE', 'REQUESTS/S', 'IN FLIGHT', 'A DAY', 'NAME'];
    await showList(out, found, head, ({ tenant, isBlocked, plan, name }) => {
      const { requestsPerSecond, jobsInFlight, jobsPerDay } = plan;
      return [tenant, isBlocked ? 'blocked' : 'open', requestsPerSecond, jobsInFlight, jobsPerDay, name];
    });
  },
});

const show = command({
  name: 'tenants show',
  operands: 'TENANT',
  summary: 'a tenant: its plan, what may leave, whose keys it has',
  async run({ operands, out, connect, signal }) {
    const [tenant] = readOperands(operands, 'The tenant');
    const view = await (await connect()).admin.tenants.find(tenant, signal);
    await showOne(out, view, fieldsOf(view));
  },
});

const create = command({
  name: 'tenants create',
  operands: 'TENANT --name NAME',
  summary: 'makes a tenant; for an operator, as all that follows',
  options: PLAN,
  async run({ values, operands, out, connect, signal, env, terminal }) {
    const [tenant] = readOperands(operands, 'The tenant');
    const update = await readUpdate(values, { name: values.name ?? tenant }, { env, terminal });
    const view = await (await connect()).admin.tenants.create({ ...update, tenant }, signal);
    await showOne(out, view, fieldsOf(view));
  },
});

const set = command({
  name: 'tenants set',
  operands: 'TENANT',
  summary: 'changes what is named of a tenant; the rest stays',
  options: PLAN,
  async run({ values, operands, out, connect, signal, env, terminal }) {
    const [tenant] = readOperands(operands, 'The tenant');
    const { tenants } = (await connect()).admin;
    const update = await readUpdate(values, updateOf(await tenants.find(tenant, signal)), { env, terminal });
    const view = await tenants.replace(tenant, update, signal);
    await showOne(out, view, fieldsOf(view));
  },
});

function blockCommand(verb: 'block' | 'unblock', summary: string) {
  return command({
    name: `tenants ${verb}`,
    operands: 'TENANT',
    summary,
    async run({ operands, out, connect, signal }) {
      const [tenant] = readOperands(operands, 'The tenant');
      const { tenants } = (await connect()).admin;
      const held = updateOf(await tenants.find(tenant, signal));
      const view = await tenants.replace(tenant, { ...held, isBlocked: verb === 'block' }, signal);
      await showDone(out, view, `${tenant} is ${view.isBlocked ? 'blocked: its keys open nothing' : 'open'}.`);
    },
  });
}

const YES = { yes: { type: 'boolean', says: 'needed, because there is no way back' } } as const satisfies OptionTable;

function requireYes(yes: boolean | undefined, what: string): void {
  if (yes !== true) throw new UsageError(`${what} There is no way back: say --yes if that is meant.`);
}

const remove = command({
  name: 'tenants remove',
  operands: 'TENANT --yes',
  summary: 'removes a blocked tenant with its keys, addresses and webhooks',
  options: YES,
  async run({ values, operands, out, connect, signal }) {
    const [tenant] = readOperands(operands, 'The tenant');
    requireYes(values.yes, `This removes ${tenant}.`);
    await (await connect()).admin.tenants.remove(tenant, signal);
    await showDone(out, { tenant, isRemoved: true }, `${tenant} is removed.`);
  },
});

const erase = command({
  name: 'tenants erase',
  operands: 'TENANT --yes',
  summary: 'erases what the mails of a blocked tenant have left',
  options: YES,
  async run({ values, operands, out, connect, signal }) {
    const [tenant] = readOperands(operands, 'The tenant');
    requireYes(values.yes, `This erases all jobs, reports and mails of ${tenant}.`);
    const { tenants } = (await connect()).admin;
    let erased = await tenants.erase(tenant, signal);
    let [jobs, blobs] = [erased.jobs, erased.blobs];
    while (!erased.isComplete) {
      erased = await tenants.erase(tenant, signal);
      [jobs, blobs] = [jobs + erased.jobs, blobs + erased.blobs];
    }
    await showDone(out, { ...erased, jobs, blobs }, `${jobs} jobs and ${blobs} documents of ${tenant} are erased.`);
  },
});

export const tenantCommands = [
  list,
  show,
  create,
  set,
  blockCommand('block', 'its keys open nothing from now on'),
  blockCommand('unblock', 'its keys open the door again'),
  remove,
  erase,
];
