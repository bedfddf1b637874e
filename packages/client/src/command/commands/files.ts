import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { SluiceError } from '@sluice/contracts';
import { readNumber, type OptionTable, readOperands, UsageError } from '../options.ts';
import type { Printer } from '../printer.ts';
import { command } from '../spec.ts';
import type { Terminal } from '../terminal.ts';

const OUTPUT = {
  output: { type: 'string', value: 'FILE', short: 'o', says: 'write it there instead of on standard output' },
} as const satisfies OptionTable;

interface Place {
  out: Printer;
  terminal: Terminal;
  env: NodeJS.ProcessEnv;
  file: string | undefined;
}

/** A raw mail is hostile and a picture is no text: neither goes to a terminal, nor may a file be overwritten. */
async function writeOut(bytes: Uint8Array, { out, terminal, env, file }: Place): Promise<void> {
  if (file === undefined) return out.bytes(bytes);
  try {
    await writeFile(resolve(env.INIT_CWD ?? terminal.cwd(), file), bytes, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new SluiceError('unwritable', `${file} cannot be written (${why === 'EEXIST' ? 'it exists already' : why}).`);
  }
}

function refuseTerminal({ terminal, file, out }: Place): void {
  if (out.isJson) throw new UsageError('This is no JSON.');
  if (file === undefined && terminal.stdout.isTTY)
    throw new UsageError('This is nothing for a terminal: name a file with --output.');
}

const raw = command({
  name: 'jobs raw',
  operands: 'JOB',
  summary: 'the mail as it was submitted: hostile; reading it is audited',
  options: OUTPUT,
  async run({ values, operands, out, connect, signal, terminal, env }) {
    const [jobId] = readOperands(operands, 'The job’s id');
    const place = { out, terminal, env, file: values.output };
    refuseTerminal(place);
    const client = await connect();
    await writeOut(await client.rawMail(jobId, signal), place);
  },
});

const screenshot = command({
  name: 'jobs screenshot',
  operands: 'JOB NUMBER',
  summary: 'the picture (PNG) of the n-th visit in the report, from 1',
  options: OUTPUT,
  async run({ values, operands, out, connect, signal, terminal, env }) {
    const [jobId, number] = readOperands(operands, 'The job’s id', 'The number of the visit');
    const place = { out, terminal, env, file: values.output };
    refuseTerminal(place);
    const client = await connect();
    await writeOut(await client.screenshot(jobId, readNumber('number', number, 1, 9_999), signal), place);
  },
});

export const fileCommands = [raw, screenshot];
