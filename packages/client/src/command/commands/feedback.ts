import { Category, type Feedback, VERDICTS } from '@sluice/contracts';
import { type OptionTable, readMoment, readOneOf, readOperands, UsageError } from '../options.ts';
import { command } from '../spec.ts';
import { moment } from '../table.ts';
import { showDone, showList } from './show.ts';

const GIVEN = {
  category: { type: 'string', value: 'KIND', says: Category.options.join(', ') },
  note: { type: 'string', value: 'TEXT', says: 'why' },
} as const satisfies OptionTable;

const give = command({
  name: 'feedback give',
  operands: 'JOB VERDICT',
  summary: 'says what a mail really is: clean, suspicious or malicious',
  more: 'The newest word counts. It changes no report; later mails with the same sender, link or file are told of it.',
  options: GIVEN,
  async run({ values, operands, out, connect, signal }) {
    const [jobId, said] = readOperands(operands, 'The job', 'The verdict');
    const verdict = VERDICTS.find((one) => one === said);
    if (verdict === undefined) throw new UsageError(`The verdict is one of ${VERDICTS.join(', ')}.`);
    const category = readOneOf('category', values.category, Category.options);
    const { note } = values;
    const given = await (await connect()).feedback.give(jobId, { verdict, category, note }, signal);
    await showDone(out, given, `Recorded: ${jobId} is ${verdict}.`);
  },
});

const HEAD = ['AT', 'VERDICT', 'CATEGORY', 'BY', 'NOTE'];

const list = command({
  name: 'feedback list',
  operands: 'JOB',
  summary: 'what analysts said of a mail, the newest first',
  async run({ operands, out, connect, signal }) {
    const [jobId] = readOperands(operands, 'The job');
    const { feedback } = await (await connect()).feedback.list(jobId, signal);
    await showList(out, feedback, HEAD, rowOf, 'Nobody has said anything.');
  },
});

function rowOf({ at, verdict, category, by, note }: Feedback) {
  return [moment(Date.parse(at)), { text: verdict, part: verdict }, category, by, note];
}

const exportAll = command({
  name: 'feedback export',
  summary: 'what analysts said, as JSON lines for training; audited',
  options: { since: { type: 'string', value: 'WHEN', says: 'said since: 24h, 7d ago, or a date (UTC)' } },
  async run({ values, operands, out, connect, signal, nowMs }) {
    readOperands(operands);
    const search = { tenant: values.tenant, sinceMs: readMoment('since', values.since, nowMs) };
    for await (const line of (await connect()).feedback.export(search, signal)) await out.json(line);
  },
});

export const feedbackCommands = [give, list, exportAll];
