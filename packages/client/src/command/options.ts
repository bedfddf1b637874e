import { parseArgs } from 'node:util';

/** The command was not used as it is meant: exit status 2. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

interface OptionSpec {
  type: 'string' | 'boolean';
  /** May be given more than once. */
  multiple?: boolean;
  short?: string;
  /** What stands for the value in the help: `SECONDS`. */
  value?: string;
  says: string;
}

export type OptionTable = Readonly<Record<string, OptionSpec>>;

/** What was given for each option of a table. */
export type Values<Table extends OptionTable> = {
  [Name in keyof Table]: Table[Name]['type'] extends 'boolean'
    ? boolean | undefined
    : Table[Name] extends { multiple: true }
      ? string[] | undefined
      : string | undefined;
};

/** What every command takes. */
export const COMMON = {
  json: { type: 'boolean', says: 'JSON on standard output and nothing else: one value, or one a line' },
  fleet: { type: 'string', value: 'URL', says: "the fleet's address (SLUICE_URL)" },
  url: { type: 'string', value: 'URL', says: 'the same as --fleet' },
  key: { type: 'string', value: 'KEY', says: 'the API key; others on this machine can see it: better SLUICE_API_KEY' },
  tenant: { type: 'string', value: 'TENANT', says: 'whose data is meant; for an operator' },
  help: { type: 'boolean', short: 'h', says: 'this text' },
} as const satisfies OptionTable;

/** Options and operands of the words behind a command's name. Throws {@link UsageError}. */
export function splitWords(words: readonly string[], options: OptionTable) {
  try {
    return parseArgs({ args: [...words], options: { ...options }, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

export function readNumber(option: string, text: string, least: number, most: number): number {
  const number = Number(text);
  if (/^\d{1,9}$/.test(text) && number >= least && number <= most) return number;
  throw new UsageError(`--${option} is a whole number from ${least} to ${most}.`);
}

/** One of a closed set, or undefined where nothing was given. */
export function readOneOf<T extends string>(
  option: string,
  text: string | undefined,
  all: readonly T[],
): T | undefined {
  if (text === undefined) return undefined;
  const found = all.find((one) => one === text);
  if (found !== undefined) return found;
  throw new UsageError(`--${option} is one of ${all.join(', ')}.`);
}

/** As many operands as have a name, no more and no fewer. */
export function readOperands<const Names extends readonly string[]>(
  words: readonly string[],
  ...names: Names
): { [At in keyof Names]: string } {
  const missing = names[words.length];
  if (missing !== undefined) throw new UsageError(`${missing} is missing.`);
  const extra = words[names.length];
  if (extra !== undefined) throw new UsageError(`There is a word too many: ${JSON.stringify(extra)}.`);
  if (words.includes('')) throw new UsageError('A word is empty.');
  return words as { [At in keyof Names]: string };
}

/** At least one operand. */
export function readSome(words: readonly string[], name: string): readonly string[] {
  if (words.length === 0) throw new UsageError(`${name} is missing.`);
  if (words.includes('')) throw new UsageError('A word is empty.');
  return words;
}

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** A moment: so long ago (`90m`, `24h`, `7d`), or a date in UTC (`2026-11-01`, `2026-11-01T10:00`). Epoch ms. */
export function readMoment(option: string, text: string | undefined, nowMs: number): number | undefined {
  if (text === undefined) return undefined;
  const [, number, unit = ''] = /^(\d{1,6})([smhdw])$/.exec(text) ?? [];
  if (number !== undefined) return Math.max(0, nowMs - Number(number) * (UNIT_MS[unit] ?? 0));
  if (/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?)?Z?$/.test(text)) {
    const atMs = Date.parse(text.includes('T') && !text.endsWith('Z') ? `${text}Z` : text);
    if (!Number.isNaN(atMs)) return atMs;
  }
  throw new UsageError(`--${option} is a time ago as 90m, 24h or 7d, or a date as 2026-11-01 or 2026-11-01T10:00.`);
}

/** A length of time as `90s`, `15m`, `12h`, `30d`; in seconds. */
export function readSeconds(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [, number, unit = ''] = /^(\d{1,6})([smhdw])$/.exec(text) ?? [];
  if (number === undefined) throw new UsageError(`--${option} is a length of time as 90s, 15m, 12h or 30d.`);
  return (Number(number) * (UNIT_MS[unit] ?? 0)) / 1_000;
}
