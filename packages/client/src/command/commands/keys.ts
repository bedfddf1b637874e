import { type ApiKeyView, type CreatedApiKey, ROLES } from '@sluice/contracts';
import { readOneOf, readOperands, readSeconds, readSome, UsageError } from '../options.ts';
import type { Printer } from '../printer.ts';
import { command } from '../spec.ts';
import { type Cell, moment } from '../table.ts';
import { showDone, showList, showOne } from './show.ts';
import { LIMIT, take } from './take.ts';

const list = command({
  name: 'keys list',
  summary: 'API keys, newest first; no secret is shown',
  options: LIMIT,
  async run({ values, operands, out, connect, signal, nowMs }) {
    readOperands(operands);
    const { keys } = (await connect()).admin;
    const found = take(values.limit, (query) => keys.each({ ...query, tenant: values.tenant }, signal));
    const head = ['KEY', 'TENANT', 'ROLE', 'STATE', 'LAST USED', 'BEGINS WITH', 'NAME'];
    await showList(out, found, head, (key) => rowOf(key, nowMs));
  },
});

function rowOf(key: ApiKeyView, nowMs: number): Cell[] {
  const { id, tenant, role, prefix, name, lastUsedMs } = key;
  return [id, tenant, role, stateOf(key, nowMs), moment(lastUsedMs), prefix, name];
}

function stateOf({ revokedMs, expiresMs }: ApiKeyView, nowMs: number): string {
  if (revokedMs !== null) return 'revoked';
  if (expiresMs === null) return 'open';
  return expiresMs <= nowMs ? 'expired' : `until ${moment(expiresMs)}`;
}

/** The one time that the secret is shown. */
async function showKey(out: Printer, created: CreatedApiKey): Promise<void> {
  const { id, tenant, role, name, expiresMs } = created.view;
  await showOne(out, created, [
    ['Key', { plain: created.key }],
    ['Id', id],
    ['Tenant', tenant],
    ['Role', role],
    ['Name', name],
    ['Ends', moment(expiresMs) ?? 'not by itself'],
  ]);
  if (!out.isJson) await out.lines('', 'Keep the key now: it is not shown again.');
}

const create = command({
  name: 'keys create',
  operands: '--name NAME --role ROLE',
  summary: 'makes a key; it is shown this once',
  options: {
    name: { type: 'string', value: 'NAME', says: 'for people' },
    role: { type: 'string', value: 'ROLE', says: 'submitter, analyst or admin' },
    life: { type: 'string', value: 'TIME', says: 'how long it is valid: 30d; without it, until it is revoked' },
  },
  async run({ values, operands, out, connect, signal }) {
    readOperands(operands);
    const role = readOneOf('role', values.role, ROLES);
    const { name, tenant } = values;
    if (name === undefined || role === undefined) throw new UsageError('--name and --role are needed.');
    const lifeSeconds = readSeconds('life', values.life);
    await showKey(out, await (await connect()).admin.keys.create({ name, role, tenant, lifeSeconds }, signal));
  },
});

const rotate = command({
  name: 'keys rotate',
  operands: 'KEY',
  summary: 'makes a key in the place of this one, which stays valid for a while',
  options: { grace: { type: 'string', value: 'TIME', says: 'how long the old one stays valid: 1d; 0s: not at all' } },
  async run({ values, operands, out, connect, signal }) {
    const [id] = readOperands(operands, 'The key’s id');
    const graceSeconds = readSeconds('grace', values.grace);
    await showKey(out, await (await connect()).admin.keys.rotate(id, { graceSeconds }, signal));
  },
});

const revoke = command({
  name: 'keys revoke',
  operands: 'KEY…',
  summary: 'within a second the key opens nothing',
  async run({ operands, out, connect, signal }) {
    const ids = readSome(operands, 'The key’s id');
    const { keys } = (await connect()).admin;
    for (const id of ids) {
      await keys.revoke(id, signal);
      await showDone(out, { id, isRevoked: true }, `${id} is revoked.`);
    }
  },
});

export const keyCommands = [list, create, rotate, revoke];
