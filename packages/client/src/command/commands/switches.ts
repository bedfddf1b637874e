import { SWITCHES, type SwitchName } from '@sluice/contracts';
import { readOperands, UsageError } from '../options.ts';
import { command } from '../spec.ts';
import { moment } from '../table.ts';
import { showDone, showList } from './show.ts';

const show = command({
  name: 'switches show',
  summary: 'pipelines and providers, and which of them are switched off; for an operator',
  async run({ operands, out, connect, signal }) {
    readOperands(operands);
    const { switches } = await (await connect()).admin.switches.list(signal);
    const head = ['KIND', 'NAME', 'STATE', 'SINCE', 'BY', 'REASON'];
    await showList(out, switches, head, ({ kind, name, off }) =>
      off === null
        ? [kind, name, 'on', '', '', '']
        : [kind, name, 'off', moment(off.sinceMs === 0 ? null : off.sinceMs), off.by, off.reason],
    );
  },
});

const off = command({
  name: 'switches off',
  operands: 'NAME',
  summary: 'switches a pipeline or a provider off; the fleet follows within a second',
  more: `NAME is one of ${SWITCHES.slice(0, 4).join(', ')},\n${SWITCHES.slice(4).join(', ')}. Jobs that are under way are finished.`,
  options: { reason: { type: 'string', value: 'TEXT', says: 'why, for the other operators' } },
  async run({ operands, values, out, connect, signal }) {
    const name = readName(operands);
    if (values.reason === undefined || values.reason === '') throw new UsageError('--reason is needed.');
    const told = await (await connect()).admin.switches.off(name, values.reason, signal);
    await showDone(
      out,
      told.switches.find((one) => one.name === name),
      `${name} is off.`,
    );
  },
});

const on = command({
  name: 'switches on',
  operands: 'NAME',
  summary: 'switches it on again',
  async run({ operands, out, connect, signal }) {
    const name = readName(operands);
    const told = await (await connect()).admin.switches.on(name, signal);
    await showDone(
      out,
      told.switches.find((one) => one.name === name),
      `${name} is on.`,
    );
  },
});

function readName(operands: readonly string[]): SwitchName {
  const [written] = readOperands(operands, 'What is to be switched');
  const name = SWITCHES.find((one) => one === written);
  if (name !== undefined) return name;
  throw new UsageError(`What can be switched is one of ${SWITCHES.join(', ')}.`);
}

export const switchCommands = [show, off, on];
