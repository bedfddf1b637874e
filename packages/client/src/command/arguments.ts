import { parseArgs } from 'node:util';
import { type ObservableKind, PRIORITIES, Priority } from '@sluice/contracts';
import type { Observable } from '../client.ts';

const OBSERVABLE_KINDS: readonly ObservableKind[] = ['url', 'domain', 'ip', 'hash'];
const DEFAULT_PARALLEL = 16;
const MOST_PARALLEL = 256;
const MOST_WAIT_SECONDS = 86_400;

export interface ScanRequest {
  paths: string[];
  observables: Observable[];
  json: boolean;
  priority: Priority;
  /** How many mails are with the fleet at once. */
  parallel: number;
  /** How long a report with gaps waits for late answers; 0: not at all. */
  waitAmendmentsMs: number;
}

export type Request = { kind: 'help' } | ({ kind: 'scan' } & ScanRequest);

/** The command was not used as it is meant: exit status 2. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

const OPTIONS = {
  json: { type: 'boolean', default: false },
  priority: { type: 'string', default: 'normal' },
  parallel: { type: 'string', default: String(DEFAULT_PARALLEL) },
  'wait-amendments': { type: 'string', default: '0' },
  url: { type: 'string', multiple: true },
  domain: { type: 'string', multiple: true },
  ip: { type: 'string', multiple: true },
  hash: { type: 'string', multiple: true },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** What the words after `sluice` ask for. Throws {@link UsageError}. */
export function parseArguments(words: readonly string[]): Request {
  const { values, positionals } = split(words);
  const [command, ...paths] = positionals;
  if (values.help || command === 'help') return { kind: 'help' };
  if (command === undefined) throw new UsageError('A command is missing: sluice scan FILE…');
  if (command !== 'scan') throw new UsageError(`There is no command ${JSON.stringify(command)}.`);
  const observables = OBSERVABLE_KINDS.flatMap((type) => (values[type] ?? []).map((value) => ({ type, value })));
  const scan = { paths, observables, json: values.json, ...readNumbers(values) };
  if (paths.length + observables.length === 0) throw new UsageError('Nothing to scan: name a file, a folder or --url.');
  if (paths.includes('')) throw new UsageError('A file has an empty name.');
  return { kind: 'scan', ...scan };
}

function split(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options: OPTIONS, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function readNumbers(values: {
  priority: string;
  parallel: string;
  'wait-amendments': string;
}): Pick<ScanRequest, 'priority' | 'parallel' | 'waitAmendmentsMs'> {
  const priority = Priority.safeParse(values.priority);
  if (!priority.success) throw new UsageError(`--priority is one of ${PRIORITIES.join(', ')}.`);
  const parallel = readNumber('parallel', values.parallel, 1, MOST_PARALLEL);
  const waitSeconds = readNumber('wait-amendments', values['wait-amendments'], 0, MOST_WAIT_SECONDS);
  return { priority: priority.data, parallel, waitAmendmentsMs: waitSeconds * 1_000 };
}

function readNumber(option: string, text: string, least: number, most: number): number {
  const number = Number(text);
  if (/^\d{1,6}$/.test(text) && number >= least && number <= most) return number;
  throw new UsageError(`--${option} is a whole number from ${least} to ${most}.`);
}
