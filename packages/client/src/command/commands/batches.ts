import type { RequestStatus } from '@sluice/contracts';
import { readOperands } from '../options.ts';
import { command } from '../spec.ts';
import { type Cell, moment } from '../table.ts';
import { showDone, showList, showOne } from './show.ts';
import { LIMIT, take } from './take.ts';

const list = command({
  name: 'batches list',
  summary: 'what was submitted together, newest first',
  options: LIMIT,
  async run({ values, operands, out, connect, signal }) {
    readOperands(operands);
    const { requests } = await connect();
    const found = take(values.limit, (query) => requests.each(query, signal));
    await showList(out, found, ['BATCH', 'SUBMITTED', 'JOBS', 'NAME'], ({ requestId, createdMs, jobs, name }) => {
      return [requestId, moment(createdMs), jobs, name];
    });
  },
});

const show = command({
  name: 'batches show',
  operands: 'BATCH',
  summary: 'how many of its jobs are in which state and came to which verdict',
  async run({ operands, out, connect, signal }) {
    const [id] = readOperands(operands, 'The batch');
    const status = await (await connect()).requests.status(id, {}, signal);
    await showOne(out, status, fieldsOf(status));
  },
});

function fieldsOf({ requestId, name, createdMs, jobs, open, states, verdicts }: RequestStatus): Cell[][] {
  const words = (counts: Record<string, number>) =>
    Object.entries(counts)
      .filter(([, count]) => count > 0)
      .map(([what, count]) => `${count} ${what}`)
      .join(', ');
  return [
    ['Batch', requestId],
    ['Name', name],
    ['Submitted', moment(createdMs)],
    ['Jobs', `${jobs}, ${open} open`],
    ['States', words(states) || null],
    ['Verdicts', words(verdicts) || null],
  ];
}

const retry = command({
  name: 'batches retry',
  operands: 'BATCH',
  summary: 'has what failed in its jobs tried again',
  async run({ operands, out, connect, signal }) {
    const [id] = readOperands(operands, 'The batch');
    const told = await (await connect()).requests.retry(id, signal);
    await showDone(out, told, `${told.tasks} tasks of ${told.jobs} jobs are tried again.`);
  },
});

const cancel = command({
  name: 'batches cancel',
  operands: 'BATCH',
  summary: 'cancels its jobs that are open',
  async run({ operands, out, connect, signal }) {
    const [id] = readOperands(operands, 'The batch');
    const { cancelled, ended, ...rest } = await (await connect()).requests.cancel(id, signal);
    await showDone(out, { ...rest, cancelled, ended }, `${cancelled} are cancelled; ${ended} had ended already.`);
  },
});

export const batchCommands = [list, show, retry, cancel];
