import { type Report, visible } from '@sluice/contracts';
import type { Tally } from './exit-status.ts';
import { printBrief, printReport, printTally } from './print.ts';
import { STANDARD_INPUT } from './files.ts';
import type { Progress } from './progress.ts';
import { jsonLine } from './json-line.ts';
import type { ScanRequest } from './scan-request.ts';
import type { Terminal } from './terminal.ts';
import { createPaint } from './words.ts';

const MOST_COLUMNS = 110;

/** Writes reports to standard output and everything else to standard error. */
export interface Output {
  onReport: (name: string, report: Report) => void;
  onProblem: (name: string, problem: string) => void;
  note: (line: string) => void;
  end: (tally: Tally) => void;
}

/** Several mails: the clean ones take a line each, and a count comes last. */
export function createOutput(request: ScanRequest & { json: boolean }, terminal: Terminal, progress: Progress): Output {
  const { stdout, stderr } = terminal;
  const startMs = performance.now();
  const say = (line: string) => progress.aside(() => stderr.write(`sluice: ${visible(line)}\n`));
  const common = { note: say, onProblem: (name: string, problem: string) => say(`${name}: ${problem}`) };
  if (request.json) {
    return {
      ...common,
      onReport: (name, report) => progress.aside(() => stdout.write(`${jsonLine({ ...report, file: name })}\n`)),
      end: () => undefined,
    };
  }
  const format = { width: Math.min(MOST_COLUMNS, stdout.columns || MOST_COLUMNS), paint: createPaint(stdout) };
  let isBelowBrief = false;
  let isSeveral = request.paths.length + request.observables.length > 1;
  return {
    ...common,
    onReport(name, report) {
      // A folder's and an mbox's mails have names of their own.
      isSeveral ||= request.paths.length > 0 && name !== onlyName(request);
      const isBrief = isSeveral && report.verdict === 'clean';
      const text = isBrief ? printBrief(name, report, format) : printReport(name, report, format);
      const before = isBelowBrief && !isBrief ? '\n' : '';
      const after = isSeveral && !isBrief ? '\n' : '';
      isBelowBrief = isBrief;
      progress.aside(() => stdout.write(before + text + after));
    },
    end(tally) {
      const seconds = (performance.now() - startMs) / 1_000;
      if (isSeveral) progress.aside(() => stdout.write(printTally(tally, seconds)));
    },
  };
}

function onlyName({ paths: [path = ''] }: ScanRequest): string {
  return path === '-' ? STANDARD_INPUT : path;
}
