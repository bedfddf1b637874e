import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type JudgementSay, SluiceError, type SayTrial } from '@sluice/contracts';
import type { Sent } from '../../ask.ts';
import { type OptionTable, readMoment, readNumber, readOperands, UsageError } from '../options.ts';
import { command } from '../spec.ts';
import type { Cell } from '../table.ts';
import { showDone, showList } from './show.ts';

type Say = Sent<typeof JudgementSay>;

interface Where {
  env: NodeJS.ProcessEnv;
  terminal: { cwd(): string };
}

const TRIAL = {
  since: { type: 'string', value: 'WHEN', says: 'mails submitted since: 90m, 24h, 7d ago, or a date (UTC): 7d' },
  limit: { type: 'string', value: 'N', says: 'the newest so many, 500 at most: 200' },
} as const satisfies OptionTable;

const show = command({
  name: 'rules show',
  summary: 'what the operator says of the tenant’s mails: lists, brands, weights, thresholds, rules; as JSON',
  async run({ values, operands, out, connect, signal }) {
    readOperands(operands);
    const { say } = await (await connect()).admin.judgement.show({ tenant: values.tenant, signal });
    if (out.isJson) await out.json(say);
    else await out.lines(JSON.stringify(say, null, 2));
  },
});

const set = command({
  name: 'rules set',
  operands: 'FILE',
  summary: 'replaces what the operator says of the tenant’s mails; it holds within a second',
  more: 'FILE is JSON as `rules show` prints it. Try it first: rules test FILE.',
  async run({ values, operands, out, connect, signal, ...where }) {
    const [file] = readOperands(operands, 'The file');
    const say = await readSay(file, where);
    const held = await (await connect()).admin.judgement.set(say, { tenant: values.tenant, signal });
    await showDone(out, held, `It holds for ${held.tenant}, for mails that are judged from now on.`);
  },
});

const HEAD = ['JOB', 'FROM', 'TO', 'SENDER', 'SUBJECT', 'BECAUSE'];

const test = command({
  name: 'rules test',
  operands: 'FILE',
  summary: 'tries a draft on past mails: whose verdict would change; nothing changes by it',
  more: 'Exits with 0 whatever would change. What visits and providers said is taken as it was then.',
  options: TRIAL,
  async run({ values, operands, out, connect, signal, nowMs, ...where }) {
    const [file] = readOperands(operands, 'The file');
    const say = await readSay(file, where);
    const sinceMs = readMoment('since', values.since ?? '7d', nowMs);
    const limit = readNumber('limit', values.limit ?? '200', 1, 500);
    const client = await connect();
    const trial = await client.admin.judgement.try({ say, sinceMs, limit }, { tenant: values.tenant, signal });
    if (out.isJson) return out.json(trial);
    await showList(out, trial.changes, HEAD, rowOf, 'No verdict would change.');
    await out.lines(tellTrial(trial));
  },
});

function rowOf({ jobId, from, to, sender, subject, because }: SayTrial['changes'][number]): Cell[] {
  const turned = [from, to].map(({ verdict, score }) => ({ text: `${verdict} ${score}`, part: verdict }));
  return [jobId, ...turned, sender, subject, because.join('; ')];
}

function tellTrial({ tried, withoutRules, leftOut, changes }: SayTrial): string {
  const parts = [`Tried on ${tried} ${tried === 1 ? 'report' : 'reports'}: ${changes.length} would change.`];
  if (withoutRules > 0)
    parts.push(`On ${withoutRules} of them the rules could not be tried: the mail is not kept any more.`);
  if (leftOut > 0) parts.push(`${leftOut} were left out: no report any more, or the time of the trial was over.`);
  return parts.join(' ');
}

async function readSay(file: string, { env, terminal }: Where): Promise<Say> {
  const path = resolve(env.INIT_CWD ?? terminal.cwd(), file);
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Say;
  } catch (error) {
    if (error instanceof SyntaxError) throw new UsageError(`${file} is not JSON.`);
    throw new SluiceError('unreadable', `${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`);
  }
}

export const ruleCommands = [show, set, test];
