import type { ReportType } from '../../jobs.ts';
import { statusOfVerdict } from '../exit-status.ts';
import { readOneOf, readOperands, UsageError } from '../options.ts';
import { printReport } from '../print.ts';
import { command } from '../spec.ts';

const MOST_COLUMNS = 110;
const TYPES: Readonly<Record<string, ReportType>> = {
  markdown: 'text/markdown',
  html: 'text/html',
  misp: 'application/vnd.misp+json',
};

export const report = command({
  name: 'report',
  operands: 'JOB',
  summary: 'the newest report of a job; the exit status is its verdict',
  options: {
    format: { type: 'string', value: 'FORM', says: 'text (the default), json (as --json), markdown, html or misp' },
  },
  async run({ values, operands, out, connect, signal, terminal }) {
    const [jobId] = readOperands(operands, 'The job’s id');
    const format = readOneOf('format', values.format, ['text', 'json', ...Object.keys(TYPES)]);
    if (out.isJson && format !== undefined && format !== 'json')
      throw new UsageError('--json and --format say different things.');
    const client = await connect();
    const found = await client.report(jobId, signal);
    const type = TYPES[format ?? ''];
    if (out.isJson || format === 'json') await out.json(found);
    // The gateway has neutralised it.
    else if (type !== undefined) await out.lines((await client.reportAs(jobId, type, signal)).trimEnd());
    else {
      const width = Math.min(MOST_COLUMNS, terminal.stdout.columns || MOST_COLUMNS);
      await out.lines(printReport(null, found, { width, paint: out.paint }).trimEnd());
    }
    return statusOfVerdict(found.verdict);
  },
});
