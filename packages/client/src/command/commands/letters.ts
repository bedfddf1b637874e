import { DEAD_LETTER_STATES, type DeadLetter, type DeadLetterGroup, type DeadLetterOrdered } from '@sluice/contracts';
import type { Client } from '../../client.ts';
import type { LetterSearch } from '../../admin/letters.ts';
import {
  type OptionTable,
  readMoment,
  readNumber,
  readOneOf,
  readOperands,
  UsageError,
  type Values,
} from '../options.ts';
import { command } from '../spec.ts';
import { type Cell, moment } from '../table.ts';
import { showDone, showList, showOne } from './show.ts';
import { LIMIT, take } from './take.ts';

const FILTER = {
  state: { type: 'string', value: 'STATE', says: 'scheduled, parked, resolved, discarded or expired' },
  job: { type: 'string', value: 'JOB', says: 'of this job' },
  name: { type: 'string', value: 'TASK', says: 'of this kind of task: provider.lookup' },
  code: { type: 'string', value: 'CODE', says: 'with this error' },
  fingerprint: { type: 'string', value: 'PRINT', says: 'of this group: see dlq groups' },
  since: { type: 'string', value: 'WHEN', says: 'last failed since: 90m, 24h, 7d ago, or a date (UTC)' },
  until: { type: 'string', value: 'WHEN', says: 'last failed before' },
} as const satisfies OptionTable;

type FilterValues = Values<typeof FILTER> & { tenant?: string | undefined };

function readFilter(values: FilterValues, nowMs: number): LetterSearch {
  const { tenant, job: jobId, name, code, fingerprint } = values;
  return {
    tenant,
    jobId,
    name,
    code,
    fingerprint,
    state: readOneOf('state', values.state, DEAD_LETTER_STATES),
    sinceMs: readMoment('since', values.since, nowMs),
    untilMs: readMoment('until', values.until, nowMs),
  };
}

const list = command({
  name: 'dlq list',
  summary: 'dead letters: tasks that did not come to an answer, newest first',
  options: { ...FILTER, ...LIMIT },
  async run({ values, operands, out, connect, signal, nowMs }) {
    readOperands(operands);
    const filter = readFilter(values, nowMs);
    const { deadLetters } = (await connect()).admin;
    const found = take(values.limit, (query) => deadLetters.each({ ...filter, ...query }, signal));
    const head = ['LETTER', 'STATE', 'REASON', 'TASK', 'CODE', 'LAST FAILED', 'NEXT'];
    await showList(out, found, head, rowOf, 'There is no dead letter.');
  },
});

function rowOf({ id, state, reason, name, error, lastFailedMs, nextMs }: DeadLetter): Cell[] {
  return [{ plain: id }, state, reason, name, error.code, moment(lastFailedMs), moment(nextMs)];
}

const groups = command({
  name: 'dlq groups',
  summary: 'the same faults together, the largest group first',
  options: { ...FILTER, ...LIMIT },
  async run({ values, operands, out, connect, signal, nowMs }) {
    readOperands(operands);
    const limit = readNumber('limit', values.limit ?? '50', 1, 200);
    const { deadLetters } = (await connect()).admin;
    const found = await deadLetters.groups({ ...readFilter(values, nowMs), limit }, signal);
    const head = ['FINGERPRINT', 'COUNT', 'TASK', 'CODE', 'LAST SEEN', 'MESSAGE'];
    await showList(out, found.groups, head, groupRow, 'There is no dead letter.');
  },
});

function groupRow({ fingerprint, count, name, code, lastSeenMs, message }: DeadLetterGroup): Cell[] {
  return [fingerprint, count, name, code, moment(lastSeenMs), message];
}

const show = command({
  name: 'dlq show',
  operands: 'LETTER',
  summary: 'one dead letter with the story of its attempts',
  async run({ operands, out, connect, signal }) {
    const [id] = readOperands(operands, 'The dead letter’s id');
    const letter = await (await connect()).admin.deadLetters.find(id, signal);
    await showOne(out, letter, letterFields(letter));
    if (out.isJson || letter.attempts.length === 0) return;
    const rows = letter.attempts.map(({ generation, number, endedMs, worker, code, message, internal }): Cell[] => [
      `${generation}.${number}`,
      moment(endedMs),
      worker,
      code,
      internal === undefined ? message : `${message} ${internal}`,
    ]);
    await out.lines('');
    await out.table(['TRY', 'ENDED', 'WORKER', 'CODE', 'WHAT WAS SAID'], rows);
  },
});

function letterFields(letter: DeadLetter): Cell[][] {
  const { state, reason, error, redrives, pipeline, stage, pool } = letter;
  return [
    ['Letter', { plain: letter.id }],
    ['Tenant', letter.tenant],
    ['Task', `${letter.name} (${letter.task}), ${pipeline}, stage ${stage}, pool ${pool}`],
    ['State', `${state}, because ${reason}`],
    ['Error', `${error.message} (${error.code})`],
    ['Fingerprint', letter.fingerprint],
    ['Failed', `first ${moment(letter.firstFailedMs)}, last ${moment(letter.lastFailedMs)}, ${redrives} redrives`],
    ['Next', moment(letter.nextMs)],
  ];
}

const exportAll = command({
  name: 'dlq export',
  summary: 'all that the filter names as JSON lines; audited',
  options: FILTER,
  async run({ values, operands, out, connect, signal, nowMs }) {
    readOperands(operands);
    const filter = readFilter(values, nowMs);
    const { deadLetters } = (await connect()).admin;
    for await (const letter of deadLetters.export(filter, signal)) await out.json(letter);
  },
});

const ORDER = {
  ...FILTER,
  all: { type: 'boolean', says: 'all there are, where nothing narrows them' },
  yes: { type: 'boolean', says: 'do it; without it, it is only said how many are meant' },
  rate: { type: 'string', value: 'N', says: 'no more than so many a second: 10' },
} as const satisfies OptionTable;

type OrderValues = Values<typeof ORDER> & { tenant?: string | undefined };

function orderCommand(action: 'requeue' | 'discard', summary: string) {
  return command({
    name: `dlq ${action}`,
    operands: '[LETTER…]',
    summary,
    more: `LETTERs that are named are done at once. With a filter instead it only says how many are meant, until --yes is given;
10,000 a call.`,
    options: ORDER,
    async run({ values, operands, out, connect, signal, nowMs }) {
      const filter = readFilter(values, nowMs);
      const isFiltered = Object.values(filter).some((value) => value !== undefined);
      if (operands.length > 0 && (isFiltered || values.all === true))
        throw new UsageError('Name dead letters or a filter, not both.');
      if (operands.length === 0 && !isFiltered && values.all !== true)
        throw new UsageError('Name dead letters, a filter, or --all.');
      const ratePerSecond = readNumber('rate', values.rate ?? '10', 1, 1_000);
      const client = await connect();
      for (const id of operands) {
        const { deadLetters } = client.admin;
        const done = await (action === 'requeue'
          ? deadLetters.requeueOne(id, signal)
          : deadLetters.discardOne(id, signal));
        await showDone(out, done, `${id} is ${action === 'requeue' ? 'tried again' : 'given up'}.`);
      }
      if (operands.length > 0) return;
      const ordered = await orderMany(client, action, { filter, values, ratePerSecond, signal });
      await showDone(out, ordered, sentenceOf(ordered));
    },
  });
}

interface Many {
  filter: LetterSearch;
  values: OrderValues;
  ratePerSecond: number;
  signal: AbortSignal;
}

function orderMany(client: Client, action: 'requeue' | 'discard', { filter, values, ratePerSecond, signal }: Many) {
  const order = { filter, dryRun: values.yes !== true, ratePerSecond };
  const { requeue, discard } = client.admin.deadLetters;
  return action === 'requeue' ? requeue(order, signal) : discard(order, signal);
}

function sentenceOf({ action, dryRun, matched, ordered, lastDueMs }: DeadLetterOrdered): string {
  const done = action === 'requeue' ? 'tried again' : 'given up';
  if (dryRun) return `${matched} would be ${done}. Nothing was done: say --yes to do it.`;
  const rest = matched > ordered ? ` ${matched - ordered} more are left: say it again.` : '';
  const last = lastDueMs === null ? '' : `, the last one at ${moment(lastDueMs)} UTC`;
  return `${ordered} of ${matched} are ${done}${last}.${rest}`;
}

export const letterCommands = [
  list,
  groups,
  show,
  orderCommand('requeue', 'has dead letters tried again'),
  orderCommand('discard', 'gives dead letters up'),
  exportAll,
];
