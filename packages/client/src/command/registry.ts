import { parseArgs } from 'node:util';
import { COMMANDS } from './commands/all.ts';
import type { OptionTable } from './options.ts';
import type { Command } from './spec.ts';

export { COMMANDS };

/** Every option of every command, to tell a command's name from an option's value. */
const ALL_OPTIONS: OptionTable = Object.assign({}, ...COMMANDS.map(({ options }) => options)) as OptionTable;

interface Named {
  /** The words that name a command, or that should. */
  name: readonly string[];
  command: Command | null;
  /** All other words. */
  rest: readonly string[];
}

/** The command that the words name; options may stand before its name. */
export function findCommand(words: readonly string[]): Named {
  const { tokens } = parseArgs({
    args: [...words],
    options: { ...ALL_OPTIONS },
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const end = tokens.find(({ kind }) => kind === 'option-terminator')?.index ?? words.length;
  const places = tokens.flatMap(({ kind, index }) => (kind === 'positional' && index < end ? [index] : []));
  for (const count of [2, 1]) {
    const name = places.slice(0, count).map((at) => words[at] ?? '');
    const command = COMMANDS.find((one) => one.name === name.join(' '));
    if (command === undefined || name.length < count) continue;
    return { name, command, rest: words.filter((_word, at) => !places.slice(0, count).includes(at)) };
  }
  return { name: places.slice(0, 2).map((at) => words[at] ?? ''), command: null, rest: [...words] };
}
