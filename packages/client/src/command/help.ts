import { COMMON, type OptionTable } from './options.ts';
import type { Command } from './spec.ts';

const NAME_CHARS = 22;

/** What `--help` shows: of a command, of those that begin alike (`jobs`), or of all. */
export function helpFor(commands: readonly Command[], name: readonly string[]): string {
  const command = commands.find((one) => one.name === name.join(' ')) ?? commands.find((one) => one.name === name[0]);
  if (command !== undefined) return helpOf(command);
  const below = commands.filter((one) => one.name.startsWith(`${name[0]} `));
  return below.length > 0 ? listOf(below, `sluice ${name[0]} COMMAND`) : overview(commands);
}

function helpOf({ name, operands, summary, more, options }: Command): string {
  const own = Object.fromEntries(Object.entries(options).filter(([option]) => !isCommon(option, options)));
  const common = Object.fromEntries(Object.entries(options).filter(([option]) => isCommon(option, options)));
  return [
    `Usage: sluice ${[name, operands ?? ''].join(' ').trim()} [options]`,
    '',
    `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`,
    ...(more === undefined ? [] : [more]),
    ...(Object.keys(own).length === 0 ? [] : ['', 'Options', ...optionLines(own)]),
    '',
    'Options of every command',
    ...optionLines(common),
    '',
    EXITS,
    '',
  ].join('\n');
}

function isCommon(option: string, options: OptionTable): boolean {
  return options[option] === (COMMON as OptionTable)[option];
}

function optionLines(options: OptionTable): string[] {
  return Object.entries(options).map(([name, { short, value, says }]) => {
    const word = `${short === undefined ? '' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`;
    return word.length < NAME_CHARS
      ? `  ${word.padEnd(NAME_CHARS)}${says}`
      : `  ${word}\n${' '.repeat(NAME_CHARS + 2)}${says}`;
  });
}

function listOf(commands: readonly Command[], usage: string): string {
  return [
    `Usage: ${usage} [options]`,
    '',
    ...commandLines(commands),
    '',
    `${usage} --help says more of each.`,
    '',
  ].join('\n');
}

function commandLines(commands: readonly Command[]): string[] {
  return commands.map(({ name, summary }) => `  ${name.padEnd(NAME_CHARS)}${summary}`);
}

function overview(commands: readonly Command[]): string {
  return [
    'Usage: sluice COMMAND [options]',
    '',
    'A fleet that turns a suspicious mail into a verdict with evidence.',
    '',
    ...commandLines(commands),
    '',
    'Options of every command',
    ...optionLines(COMMON),
    '',
    'Where the fleet is',
    '  SLUICE_URL, SLUICE_API_KEY    a fleet anywhere',
    '  SLUICE_DATA_DIR               the data folder of the local one (.data); its admin.key is used',
    '',
    EXITS,
    '',
  ].join('\n');
}

const EXITS = `Exit status
  0   done; of a scan, report or watch: clean          10 suspicious   20 malicious
  1   something was refused, failed or could not be scanned (outranks the verdicts)
  2   wrong usage        3 it is not there        4 the key is not known, or may not do this
  5   no fleet, or it does not answer or takes nothing in just now
  128 and the signal's number: interrupted (130: Ctrl-C)`;
