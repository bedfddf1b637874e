import type { Client } from '../client.ts';
import type { Printer } from './printer.ts';
import type { OptionTable, Values } from './options.ts';
import { COMMON } from './options.ts';
import type { Terminal } from './terminal.ts';

/** A call of one command: what was said, and what it works with. */
export interface CommandCall<Table extends OptionTable> {
  values: Values<Omit<typeof COMMON, keyof Table> & Table>;
  /** The words that are no options. */
  operands: readonly string[];
  out: Printer;
  /** Finds the fleet; asked for once the words are known to be right. */
  connect(): Promise<Client>;
  signal: AbortSignal;
  terminal: Terminal;
  env: NodeJS.ProcessEnv;
  nowMs: number;
}

interface CommandSpec<Table extends OptionTable> {
  /** `jobs list`. */
  name: string;
  /** As the usage writes them: `JOB…`. */
  operands?: string;
  /** One line. */
  summary: string;
  /** What else a person should know, in lines of at most 100 characters. */
  more?: string;
  options?: Table;
  /** Resolves with the exit status where it is not 0. */
  run(call: CommandCall<Table>): Promise<number | void>;
}

/** A command of `sluice`. */
export interface Command extends Omit<CommandSpec<OptionTable>, 'run' | 'options'> {
  options: OptionTable;
  run(call: CommandCall<OptionTable>): Promise<number | void>;
}

/** Infers what it is called with from its options. */
// oxlint-disable-next-line typescript/no-empty-object-type
export function command<const Table extends OptionTable = {}>(spec: CommandSpec<Table>): Command {
  return { ...spec, options: { ...COMMON, ...spec.options } };
}
