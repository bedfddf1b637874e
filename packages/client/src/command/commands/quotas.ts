import type { QuotaList } from '@sluice/contracts';
import { readOperands } from '../options.ts';
import { command } from '../spec.ts';
import { type Cell, duration, moment } from '../table.ts';
import { showDone, showList } from './show.ts';

type Quota = QuotaList['quotas'][number];

const show = command({
  name: 'quotas show',
  summary: 'what the providers may be asked, what of it is used, and who waits',
  async run({ operands, out, connect, signal }) {
    readOperands(operands);
    const { quotas } = await (await connect()).quotas(signal);
    const head = ['QUOTA', 'WINDOW', 'USED', 'LIMIT', 'FREE AT', 'WAITING', 'BREAKER'];
    if (out.isJson || quotas.length === 0)
      await showList(out, quotas, head, () => [], 'No worker has announced a quota.');
    else await out.table(head, quotas.flatMap(quotaRows));
  },
});

function quotaRows({ action, windows, waiting, closedUntil, breaker, isShadow }: Quota): Cell[][] {
  const oldest = waiting.oldestMs === null ? '' : `, oldest ${duration(waiting.oldestMs)}`;
  const line = `${waiting.total}${oldest}`;
  const state =
    closedUntil === null
      ? breaker.state
      : `refused until ${moment(closedUntil === null ? null : Date.parse(closedUntil))}`;
  return windows.map(({ text, used, limit, nextFreeAt }, at) => [
    at === 0 ? `${action}${isShadow ? ' (counts only)' : ''}` : '',
    text,
    used,
    limit,
    nextFreeAt === null ? 'now' : moment(Date.parse(nextFreeAt)),
    at === 0 ? line : '',
    at === 0 ? state : '',
  ]);
}

const settings = command({
  name: 'quotas settings',
  summary: 'what is set in the place of the workers’ settings; for an operator',
  async run({ operands, out, connect, signal }) {
    readOperands(operands);
    const { quotas } = await (await connect()).admin.quotas.list(signal);
    await showList(out, quotas, ['QUOTA', 'SET'], ({ action, text }) => [action, text ?? '(as the workers have it)']);
  },
});

const set = command({
  name: 'quotas set',
  operands: 'QUOTA TEXT',
  summary: 'sets a quota; all workers follow within a second',
  more: 'TEXT is written like 4/min, or 4/min,500/day. A tenant’s own key has the quota QUOTA@TENANT.',
  async run({ operands, out, connect, signal }) {
    const [action, text] = readOperands(operands, 'The quota', 'What it is set to');
    const setting = await (await connect()).admin.quotas.set(action, text, signal);
    await showDone(out, setting, `${setting.action} is ${setting.text ?? 'not set'}.`);
  },
});

const reset = command({
  name: 'quotas reset',
  operands: 'QUOTA',
  summary: 'the workers’ settings hold again',
  async run({ operands, out, connect, signal }) {
    const [action] = readOperands(operands, 'The quota');
    await (await connect()).admin.quotas.reset(action, signal);
    await showDone(out, { action, text: null }, `${action} is as the workers have it.`);
  },
});

export const quotaCommands = [show, settings, set, reset];
