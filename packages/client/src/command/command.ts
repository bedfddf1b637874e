import { SluiceError, visible } from '@sluice/contracts';
import { explain } from './advice.ts';
import { STATUS, statusOfError } from './exit-status.ts';
import { findFleet, type Place } from './fleet.ts';
import { helpFor } from './help.ts';
import { Interrupted, watchInterrupts } from './interrupts.ts';
import { COMMON, splitWords, UsageError } from './options.ts';
import { createPrinter } from './printer.ts';
import { COMMANDS, findCommand } from './registry.ts';
import type { Command } from './spec.ts';
import type { Terminal } from './terminal.ts';

/**
 * `sluice`: does what the words say and resolves with the exit status, see {@link STATUS}; 128 and the signal's number when it
 * was interrupted.
 */
export async function runCommand(
  words: readonly string[],
  env: NodeJS.ProcessEnv,
  terminal: Terminal,
): Promise<number> {
  const tell = (...lines: string[]) => {
    for (const line of lines) terminal.stderr.write(`sluice: ${visible(line)}\n`);
  };
  const { signal } = watchInterrupts(terminal);
  try {
    const { name, command, rest } = findCommand(words);
    const isHelp = name[0] === 'help' || rest.includes('--help') || rest.includes('-h');
    if (command === null || isHelp) {
      if (!isHelp) throw new UsageError(wrongName(name));
      terminal.stdout.write(helpFor(COMMANDS, name[0] === 'help' ? name.slice(1) : name));
      return STATUS.ok;
    }
    return (await run(command, rest, { env, terminal, signal })) ?? STATUS.ok;
  } catch (error) {
    const end: unknown = signal.aborted ? signal.reason : error;
    if (end instanceof Interrupted) return end.status;
    if (end instanceof UsageError) tell(end.message, `sluice ${helpWords(words)}--help says more`);
    else if (end instanceof SluiceError) tell(...explain(end));
    else throw end;
    return end instanceof UsageError ? STATUS.wrongUsage : statusOfError(end);
  }
}

interface Surroundings {
  env: NodeJS.ProcessEnv;
  terminal: Terminal;
  signal: AbortSignal;
}

async function run(
  command: Command,
  words: readonly string[],
  { env, terminal, signal }: Surroundings,
): Promise<number | void> {
  const { values, positionals } = splitWords(words, command.options);
  const said = values as Partial<Record<keyof typeof COMMON, unknown>>;
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  const place: Place = {
    url: text(said.fleet) ?? text(said.url),
    apiKey: text(said.key),
    tenant: text(said.tenant),
  };
  const say = (line: string) => void terminal.stderr.write(`sluice: ${visible(line)}\n`);
  return command.run({
    values: values as Parameters<Command['run']>[0]['values'],
    operands: positionals,
    out: createPrinter(terminal, said.json === true, signal),
    connect: async () => (await findFleet({ env, place, say, signal, mayStart: false })).client,
    signal,
    terminal,
    env,
    nowMs: Date.now(),
  });
}

function wrongName(name: readonly string[]): string {
  const [room = ''] = name;
  if (name.length === 0) return 'A command is missing: sluice scan FILE…';
  const below = COMMANDS.filter((command) => command.name.startsWith(`${room} `));
  if (below.length === 0) return `There is no command ${JSON.stringify(room)}.`;
  const verbs = below.map((command) => command.name.slice(room.length + 1)).join(', ');
  return name.length === 1
    ? `sluice ${room} wants one of ${verbs}.`
    : `There is no ${JSON.stringify(name.join(' '))}: sluice ${room} has ${verbs}.`;
}

function helpWords(words: readonly string[]): string {
  const { name, command } = findCommand(words);
  if (command !== null) return `${command.name} `;
  return COMMANDS.some((one) => one.name.startsWith(`${name[0]} `)) ? `${name[0]} ` : '';
}
