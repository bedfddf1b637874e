// Child processes of the bootstrap: signals are handed on once, exit statuses come back as a shell would say them.
import { spawn } from 'node:child_process';

const SIGNAL_NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15, SIGKILL: 9 };
const running = new Set();
let received = null;

/**
 * Hands the first SIGHUP, SIGINT or SIGTERM on to the running children and stays, so that they can stop in order. Later ones
 * are not handed on: a terminal's Ctrl-C reaches the whole group by itself, and npm sends it a second time.
 */
export function forwardSignals() {
  for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM']) {
    process.on(signal, () => {
      if (received !== null) return;
      received = signal;
      for (const child of running) child.kill(signal);
    });
  }
}

/** The exit status that the signal which was received asks for, or null when none was. */
export function stopStatus() {
  return received === null ? null : 128 + SIGNAL_NUMBERS[received];
}

/** Runs a command on our terminal. Resolves with its exit status; 127 where it could not be started. */
export async function run(command, args, options = {}) {
  return (await follow(command, args, { stdio: 'inherit', ...options })).status;
}

/** Runs a command silently. Resolves with its exit status and everything it wrote. */
export function runQuietly(command, args, options = {}) {
  return follow(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
}

function follow(command, args, options) {
  if (received !== null) return Promise.resolve({ status: stopStatus(), output: '' });
  return new Promise((resolve) => {
    const child = spawn(command, args, options);
    const chunks = [];
    running.add(child);
    child.stdout?.on('data', (chunk) => chunks.push(chunk));
    child.stderr?.on('data', (chunk) => chunks.push(chunk));
    const end = (status) => {
      running.delete(child);
      resolve({ status, output: Buffer.concat(chunks).toString() });
    };
    child.once('error', (error) => {
      chunks.push(Buffer.from(`${error.message}\n`));
      end(127);
    });
    child.once('close', (code, signal) => end(code ?? 128 + (SIGNAL_NUMBERS[signal] ?? 0)));
  });
}
