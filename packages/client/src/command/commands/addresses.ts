import type { MailAddressView } from '@sluice/contracts';
import { type OptionTable, readOperands, readSome, UsageError, type Values } from '../options.ts';
import { command } from '../spec.ts';
import { type Cell, moment } from '../table.ts';
import { showDone, showList, showOne } from './show.ts';
import { LIMIT, take } from './take.ts';

const CHANGES = {
  note: { type: 'string', value: 'TEXT', says: 'for people' },
  active: { type: 'boolean', says: 'its mail is taken in' },
  inactive: { type: 'boolean', says: 'its mail is refused' },
} as const satisfies OptionTable;

function readChanges(values: Values<typeof CHANGES>): { note?: string; isActive?: boolean } {
  if (values.active === true && values.inactive === true)
    throw new UsageError('--active and --inactive exclude each other.');
  const isActive = values.active === true ? true : values.inactive === true ? false : undefined;
  return {
    ...(values.note === undefined ? {} : { note: values.note }),
    ...(isActive === undefined ? {} : { isActive }),
  };
}

function rowOf({ address, tenant, isActive, updatedMs, note }: MailAddressView): Cell[] {
  return [{ plain: address }, tenant, isActive ? 'taken in' : 'refused', moment(updatedMs), note];
}

const fieldsOf = (view: MailAddressView): Cell[][] => {
  const [address, tenant, state, changed, note] = rowOf(view);
  return [
    ['Address', address ?? null],
    ['Tenant', tenant ?? null],
    ['Mail', state ?? null],
    ['Changed', changed ?? null],
    ['Note', note ?? null],
  ];
};

const list = command({
  name: 'addresses list',
  summary: 'whose mail is taken in',
  options: LIMIT,
  async run({ values, operands, out, connect, signal }) {
    readOperands(operands);
    const { addresses } = (await connect()).admin;
    const found = take(values.limit, (query) => addresses.each({ ...query, tenant: values.tenant }, signal));
    await showList(out, found, ['ADDRESS', 'TENANT', 'MAIL', 'CHANGED', 'NOTE'], rowOf);
  },
});

const show = command({
  name: 'addresses show',
  operands: 'ADDRESS',
  summary: 'one address',
  async run({ operands, out, connect, signal }) {
    const [address] = readOperands(operands, 'The address');
    const view = await (await connect()).admin.addresses.find(address, signal);
    await showOne(out, view, fieldsOf(view));
  },
});

const add = command({
  name: 'addresses add',
  operands: 'ADDRESS…',
  summary: 'takes in mail for these; @domain is all of a domain',
  options: CHANGES,
  async run({ values, operands, out, connect, signal }) {
    const written = readSome(operands, 'The address');
    const changes = readChanges(values);
    const { addresses } = (await connect()).admin;
    for (const address of written) {
      const view = await addresses.create({ ...changes, address, tenant: values.tenant }, signal);
      await showDone(out, view, `${view.address} is ${view.isActive ? 'taken in' : 'refused'}.`);
    }
  },
});

const set = command({
  name: 'addresses set',
  operands: 'ADDRESS',
  summary: 'changes what is named of an address; the rest stays',
  options: CHANGES,
  async run({ values, operands, out, connect, signal }) {
    const [address] = readOperands(operands, 'The address');
    const changes = readChanges(values);
    const { addresses } = (await connect()).admin;
    const { isActive, note } = await addresses.find(address, signal);
    const view = await addresses.replace(address, { isActive, note, ...changes }, signal);
    await showOne(out, view, fieldsOf(view));
  },
});

const remove = command({
  name: 'addresses remove',
  operands: 'ADDRESS…',
  summary: 'their mail is refused from now on',
  async run({ operands, out, connect, signal }) {
    const written = readSome(operands, 'The address');
    const { addresses } = (await connect()).admin;
    for (const address of written) {
      await addresses.remove(address, signal);
      await showDone(out, { address, isRemoved: true }, 'It is removed.');
    }
  },
});

export const addressCommands = [list, show, add, set, remove];
