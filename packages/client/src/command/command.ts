import { resolve } from 'node:path';
import { SluiceError } from '@sluice/contracts';
import { parseArguments, type ScanRequest, UsageError } from './arguments.ts';
import { exitStatus, type Tally, WRONG_USAGE } from './exit-status.ts';
import { type Item, readItems } from './files.ts';
import { type FleetDoor, findFleet } from './fleet.ts';
import { HELP } from './help.ts';
import { Interrupted, watchInterrupts } from './interrupts.ts';
import { createOutput } from './output.ts';
import { createProgress } from './progress.ts';
import { visible } from './safe-text.ts';
import { scanItems } from './scan.ts';
import type { Terminal } from './terminal.ts';

/**
 * `sluice`: does what the words say and resolves with the exit status: that of {@link exitStatus}, 2 for wrong usage and
 * settings that cannot be used, 128 and the signal's number when it was interrupted.
 */
export async function runCommand(
  words: readonly string[],
  env: NodeJS.ProcessEnv,
  terminal: Terminal,
): Promise<number> {
  const tell = (line: string) => terminal.stderr.write(`sluice: ${visible(line)}\n`);
  try {
    const request = parseArguments(words);
    if (request.kind === 'scan') return exitStatus(await scan(request, env, terminal));
    terminal.stdout.write(HELP);
    return 0;
  } catch (error) {
    if (error instanceof Interrupted) return error.status;
    if (error instanceof UsageError) tell(`${error.message} (sluice --help says more)`);
    else if (error instanceof SluiceError) tell(error.message);
    else throw error;
    return error instanceof UsageError ? WRONG_USAGE : 1;
  }
}

async function scan(request: ScanRequest, env: NodeJS.ProcessEnv, terminal: Terminal): Promise<Tally> {
  const progress = createProgress(terminal.stderr, env);
  const { signal } = watchInterrupts(terminal);
  const output = createOutput(request, terminal, progress);
  let door: Promise<FleetDoor> | null = null;
  const connect = async () => {
    door ??= findFleet({ env, say: output.note, signal });
    return (await door).client;
  };
  try {
    const { priority, parallel, waitAmendmentsMs } = request;
    const { onReport, onProblem } = output;
    const items = itemsOf(request, env, terminal);
    const config = { connect, priority, parallel, waitAmendmentsMs, progress, signal, onReport, onProblem };
    const tally = await scanItems(items, config);
    output.end(tally);
    return tally;
  } finally {
    progress.stop();
    await stopFleet(door);
  }
}

async function* itemsOf(request: ScanRequest, env: NodeJS.ProcessEnv, terminal: Terminal): AsyncGenerator<Item, void> {
  for (const observable of request.observables) yield { name: observable.value, observable };
  const stood = env.INIT_CWD ?? terminal.cwd();
  yield* readItems(request.paths, { resolve: (path) => resolve(stood, path), stdin: terminal.stdin });
}

/** One that could not be found or started is none to stop. */
async function stopFleet(door: Promise<FleetDoor> | null): Promise<void> {
  const found = await door?.catch(() => null);
  await found?.stop();
}
