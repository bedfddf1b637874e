import type { JobListEntry, JobStatus, StageView } from '@sluice/contracts';
import { VERDICTS } from '@sluice/contracts';
import type { JobSearch } from '../../jobs.ts';
import {
  type OptionTable,
  readMoment,
  readOneOf,
  readOperands,
  readSome,
  UsageError,
  type Values,
} from '../options.ts';
import { command } from '../spec.ts';
import { type Cell, duration, moment } from '../table.ts';
import { showDone, showList, showOne } from './show.ts';
import { LIMIT, take } from './take.ts';

const SEARCH = {
  state: { type: 'string', value: 'STATE', says: 'queued, …, completed, failed, expired, cancelled' },
  verdict: { type: 'string', value: 'VERDICT', says: 'clean, suspicious or malicious' },
  sender: { type: 'string', value: 'ADDRESS', says: "the sender's address" },
  domain: { type: 'string', value: 'NAME', says: "the sender's domain, or one that the mail names" },
  hash: { type: 'string', value: 'HASH', says: 'of the mail, or of a file in it' },
  ip: { type: 'string', value: 'ADDRESS', says: 'an address that the mail names' },
  text: { type: 'string', value: 'TEXT', says: 'a part of the subject' },
  since: { type: 'string', value: 'WHEN', says: 'submitted since: 90m, 24h, 7d ago, or a date (UTC)' },
  until: { type: 'string', value: 'WHEN', says: 'submitted before' },
  ...LIMIT,
} as const satisfies OptionTable;

function readSearch(values: Values<typeof SEARCH>, nowMs: number): JobSearch {
  const { state, sender, domain, hash, ip, text } = values;
  return {
    state,
    sender,
    domain,
    hash,
    ip,
    text,
    verdict: readOneOf('verdict', values.verdict, VERDICTS),
    sinceMs: readMoment('since', values.since, nowMs),
    untilMs: readMoment('until', values.until, nowMs),
  };
}

const HEAD = ['JOB', 'SUBMITTED', 'STATE', 'VERDICT', 'SCORE', 'SENDER', 'SUBJECT'];

function rowOf(job: JobListEntry): Cell[] {
  const { verdict, score, sender, subject } = job;
  const judged: Cell = verdict === null ? null : { text: verdict, part: verdict };
  return [job.jobId, moment(job.createdMs), job.state, judged, score, sender, subject];
}

const list = command({
  name: 'jobs list',
  summary: 'lists jobs, newest first; a change is seen some seconds later',
  options: SEARCH,
  async run({ values, operands, out, connect, signal, nowMs }) {
    readOperands(operands);
    const search = readSearch(values, nowMs);
    const { jobs } = await connect();
    const found = take(values.limit, (query) => jobs.each({ ...search, ...query }, signal));
    await showList(out, found, HEAD, rowOf, 'There is no such job.');
  },
});

const search = command({
  name: 'jobs search',
  operands: 'TEXT',
  summary: 'the same, of those with the text in their subject',
  options: SEARCH,
  async run({ values, operands, out, connect, signal, nowMs }) {
    if (values.text !== undefined) throw new UsageError('The text is named twice.');
    const [text] = readOperands(operands, 'The text to search for');
    const asked = { ...readSearch(values, nowMs), text };
    const { jobs } = await connect();
    const found = take(values.limit, (query) => jobs.each({ ...asked, ...query }, signal));
    await showList(out, found, HEAD, rowOf, 'There is no such job.');
  },
});

const show = command({
  name: 'jobs show',
  operands: 'JOB',
  summary: 'where a job stands: state, stages, error',
  async run({ operands, out, connect, signal }) {
    const [jobId] = readOperands(operands, 'The job’s id');
    const client = await connect();
    const status = await client.status(jobId, signal);
    await showOne(out, status, statusFields(status));
    if (!out.isJson && status.stages.length > 0) {
      await out.lines('');
      await out.table(['STAGE', 'STATUS', 'TASKS', 'DONE', 'FAILED', 'LATE', 'TOOK'], status.stages.map(stageRow));
    }
  },
});

function statusFields(status: JobStatus): Cell[][] {
  const { state, percent, revision, error, summary } = status;
  return [
    ['Job', status.jobId],
    ['Pipeline', `${status.pipeline}, priority ${status.priority}`],
    ['State', `${state}, ${Math.floor(percent)} %`],
    ['Submitted', moment(status.createdMs)],
    ...(status.endedMs === null ? [] : [['Ended', moment(status.endedMs)]]),
    ...(status.estimatedCompletionMs === null ? [] : [['Expected', moment(status.estimatedCompletionMs)]]),
    ...(error === null ? [] : [['Error', `${error.message} (${error.code})`]]),
    ...(revision === 0 ? [] : [['Report', `revision ${revision}`]]),
    ...Object.entries(summary ?? {}).map(([name, value]) => [`  ${name}`, value === null ? null : String(value)]),
  ];
}

function stageRow({ name, status, tasks, startedMs, endedMs }: StageView): Cell[] {
  const tookMs = startedMs === null || endedMs === null ? null : endedMs - startedMs;
  return [name, status, tasks.total, tasks.done, tasks.failed, tasks.deferred, duration(tookMs)];
}

const cancel = command({
  name: 'jobs cancel',
  operands: 'JOB…',
  summary: 'cancels jobs; repeated it says the same',
  async run({ operands, out, connect, signal }) {
    const jobIds = readSome(operands, 'The job’s id');
    const client = await connect();
    for (const jobId of jobIds) await showDone(out, await client.cancel(jobId, signal), `${jobId} is cancelled.`);
  },
});

const retry = command({
  name: 'jobs retry',
  operands: 'JOB…',
  summary: 'tries again what failed; a failed or expired job is opened again',
  async run({ operands, out, connect, signal }) {
    const jobIds = readSome(operands, 'The job’s id');
    const client = await connect();
    for (const jobId of jobIds) {
      const retried = await client.retry(jobId, signal);
      const { length } = retried.tasks;
      const what =
        length === 0 ? 'nothing had failed' : `${length} ${length === 1 ? 'task is' : 'tasks are'} tried again`;
      await showDone(out, retried, `${jobId}: ${what}.`);
    }
  },
});

export const jobsCommands = [list, search, show, cancel, retry];
