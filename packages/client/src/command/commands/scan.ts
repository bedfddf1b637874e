import { resolve } from 'node:path';
import { exitStatus } from '../exit-status.ts';
import { type Item, readItems } from '../files.ts';
import { type FleetDoor, findFleet, type Place } from '../fleet.ts';
import { createOutput } from '../output.ts';
import { createProgress } from '../progress.ts';
import { scanItems } from '../scan.ts';
import { readScan, SCAN_OPTIONS, type ScanRequest } from '../scan-request.ts';
import { command } from '../spec.ts';
import type { Terminal } from '../terminal.ts';

export const scan = command({
  name: 'scan',
  operands: 'FILE… | --url URL | --domain NAME | --ip ADDRESS | --hash HASH',
  summary: 'scans mails, files or observables, and prints a verdict with its reasons',
  more: `FILE is a mail, a folder (with all folders in it), an mbox, or - for standard input.
With --json each report is a line; "file" names where it came from.
Where no fleet is named and none runs on the data folder, one is started for the call and stopped in the end.`,
  options: SCAN_OPTIONS,
  async run({ values, operands, out, terminal, env, signal }) {
    const request = readScan(operands, values);
    const progress = createProgress(terminal.stderr, env);
    const output = createOutput({ ...request, json: out.isJson }, terminal, progress);
    const place: Place = { url: values.fleet, apiKey: values.key, tenant: values.tenant };
    let door: Promise<FleetDoor> | null = null;
    const connect = async () => {
      door ??= findFleet({ env, place, say: output.note, signal, mayStart: true });
      return (await door).client;
    };
    try {
      const { onReport, onProblem } = output;
      const items = itemsOf(request, env, terminal);
      const tally = await scanItems(items, { ...request, connect, progress, signal, onReport, onProblem });
      output.end(tally);
      return exitStatus(tally);
    } finally {
      progress.stop();
      await stopFleet(door);
    }
  },
});

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
