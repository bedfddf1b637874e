import { constants } from 'node:os';
import type { Terminal } from './terminal.ts';

/** The command was told to end: its exit status is 128 and the signal's number. */
export class Interrupted extends Error {
  readonly status: number;

  constructor(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'SIGPIPE') {
    super(`interrupted by ${signal}`);
    this.name = 'Interrupted';
    this.status = 128 + constants.signals[signal];
  }
}

/** A terminal's Ctrl-C reaches the command more than once, because npm hands it on. */
const SAME_CTRL_C_MS = 1_000;

/**
 * The signal aborts when Ctrl-C, SIGTERM or SIGHUP comes, or when nobody reads standard output any more. Another Ctrl-C, a
 * second later, ends the process at once.
 */
export function watchInterrupts(terminal: Terminal): { signal: AbortSignal } {
  const ending = new AbortController();
  let sinceMs = 0;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    terminal.on(name, () => {
      const interrupted = new Interrupted(name);
      if (!ending.signal.aborted) sinceMs = performance.now();
      else if (performance.now() - sinceMs > SAME_CTRL_C_MS) terminal.exit(interrupted.status);
      ending.abort(interrupted);
    });
  }
  for (const stream of [terminal.stdout, terminal.stderr]) {
    stream.on('error', () => ending.abort(new Interrupted('SIGPIPE')));
  }
  return { signal: ending.signal };
}
