import type { FleetMessage, JobsMessage, JobSummary, SocketMessage } from '@sluice/contracts';
import { safeText } from '@sluice/contracts';
import type { Client } from '../../client.ts';
import { STATUS, statusOfVerdict } from '../exit-status.ts';
import { UsageError } from '../options.ts';
import type { Printer } from '../printer.ts';
import { command } from '../spec.ts';
import { duration } from '../table.ts';

export const watch = command({
  name: 'watch',
  operands: '[JOB | jobs | fleet]',
  summary: 'what happens, as it happens: to a job until it has ended, to all jobs of the tenant, or to the fleet',
  more: `Of a job the exit status is its verdict, or 1 where it ended without a report. The others go on until Ctrl-C.
With --json each message of the fleet is a line, as the API gives it.`,
  options: {
    follow: { type: 'boolean', says: 'of a job: goes on after its end, because late answers may amend the report' },
  },
  async run({ values, operands, out, connect, signal }) {
    const [what = 'jobs', ...more] = operands;
    if (more.length > 0) throw new UsageError('Only one thing can be watched at once.');
    const client = await connect();
    if (what === 'jobs') return watchJobs(client, out, signal);
    if (what === 'fleet') return watchFleet(client, out, signal);
    const follow = values.follow === true;
    for await (const message of client.events(what, { follow, signal })) {
      if (out.isJson) await out.json(message);
      else await out.lines(...eventLines(message));
    }
    return endOf(client, what, out, signal);
  },
});

async function endOf(client: Client, jobId: string, out: Printer, signal: AbortSignal): Promise<number> {
  const { state } = await client.status(jobId, signal);
  if (state !== 'completed') return STATUS.failed;
  const { verdict, score, summary } = await client.report(jobId, signal);
  if (!out.isJson)
    await out.lines(`${out.paint(verdict, verdict.toUpperCase())}  ${score} of 100  ${safeText(summary)}`);
  return statusOfVerdict(verdict);
}

const clock = (ms: number): string => new Date(ms).toISOString().slice(11, 19);

function eventLines(message: SocketMessage): string[] {
  if (message.type === 'snapshot') {
    const { state, percent, createdMs } = message.status;
    return [`${clock(createdMs)}  ${state}, ${Math.floor(percent)} %`];
  }
  const words = eventWords(message);
  return words === null ? [] : [`${clock(message.atMs)}  ${safeText(words)}`];
}

/** Null: nothing that a person wants to know. */
function eventWords(event: Exclude<SocketMessage, { type: 'snapshot' }>): string | null {
  switch (event.type) {
    case 'job.state':
    case 'job.reopened':
      return event.state;
    case 'job.ended':
      return `${event.state}${event.error === undefined ? '' : `: ${event.error.message}`}`;
    case 'report.amended':
      return `the report was amended: revision ${event.revision}`;
    case 'stage.completed':
      return `  ${event.stage} is done`;
    case 'task.settled':
      return `  ${event.name} ${event.status}${event.error === undefined ? '' : `: ${event.error.message}`}`;
    case 'task.released':
      return event.error === undefined ? null : `  ${event.name} comes again: ${event.error.message}`;
    default:
      return null;
  }
}

async function watchJobs(client: Client, out: Printer, signal: AbortSignal): Promise<void> {
  for await (const message of client.watchJobs(signal)) {
    if (out.isJson) await out.json(message);
    else await out.lines(...jobsLines(message, out));
  }
}

function jobsLines(message: JobsMessage, out: Printer): string[] {
  switch (message.type) {
    case 'snapshot': {
      const open = message.jobs.filter(({ endedMs }) => endedMs === null).length;
      return [`${open} open${message.isCut ? ', and more' : ''}`, ...message.jobs.map((job) => jobLine(job, out))];
    }
    case 'deltas':
      return message.deltas.flatMap(({ type, job }) => (type === 'gone' ? [] : [jobLine(job, out)]));
    case 'stale':
      return [`${clock(message.sinceMs)}  nothing is heard of the fleet`];
    default:
      return [];
  }
}

function jobLine(
  { jobId, state, percent, verdict, score, createdMs, endedMs, revision }: JobSummary,
  { paint }: Printer,
): string {
  const took = endedMs === null ? '' : `  after ${duration(endedMs - createdMs)}`;
  const judged = verdict === null ? '' : `  ${paint(verdict, verdict)} ${score ?? ''}`;
  const again = revision > 1 ? `  revision ${revision}` : '';
  const standing = percent === null ? '     ' : `${String(Math.floor(percent)).padStart(3)} %`;
  return `${clock(endedMs ?? createdMs)}  ${jobId}  ${standing}  ${state.padEnd(17)}${judged}${took}${again}`.trimEnd();
}

async function watchFleet(client: Client, out: Printer, signal: AbortSignal): Promise<void> {
  for await (const message of client.watchFleet(signal)) {
    if (out.isJson) await out.json(message);
    else await out.lines(...fleetLines(message));
  }
}

function fleetLines(message: FleetMessage): string[] {
  if (message.type === 'stale') return [`${clock(message.sinceMs)}  nothing is heard of the fleet`];
  const { jobs, queues, alerts } = message.type === 'snapshot' ? message.fleet : message.set;
  const waiting = Object.entries(queues ?? {}).map(([pool, { waiting: some, active }]) => `${pool} ${some}+${active}`);
  const words = [
    ...(jobs === undefined ? [] : [`${jobs.open} open of ${jobs.accepted}`]),
    ...(waiting.length === 0 ? [] : [`waiting+active: ${waiting.join(', ')}`]),
  ];
  const told = Object.values(alerts ?? {}).map(({ level, message: says }) => `  ${level}: ${safeText(says)}`);
  const line = words.length === 0 ? [] : [`${clock(message.atMs)}  ${words.join('  ')}`];
  return [...line, ...told];
}
