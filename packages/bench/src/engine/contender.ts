import { type ChildProcess, fork } from 'node:child_process';
import { closeSync, mkdtempSync, openSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A queue system that carries jobs of the shape 1 → 5 → 1. */
export interface Contender {
  /** Its worker processes. */
  pids(): number[];
  submit(count: number): Promise<void>;
  /** Jobs that ended since it was started. */
  ended(): Promise<number>;
  /** Submits one job and resolves when its end is known here. */
  one(): Promise<void>;
  stop(): Promise<void>;
}

/** A module of this folder as a child process; its output goes to a file, as a service's does. */
export function forkHost(file: string, args: string[]): Promise<ChildProcess> {
  const log = openSync(join(mkdtempSync(join(tmpdir(), 'sluice-bench-')), 'host.log'), 'a');
  const child = fork(new URL(file, import.meta.url), args, {
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  return new Promise((resolve, reject) => {
    child.once('message', () => resolve(child));
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code}`)));
  });
}

export function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}
