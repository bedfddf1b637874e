import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@sluice/testkit';

/** Another program that judges mail, as Debian ships it, without network. */
export interface Peer {
  /** `SpamAssassin 4.0.1`. */
  name: string;
  /** From which score on it calls a mail spam, as installed. */
  threshold: number;
  /** Higher is worse. Rejects where the program gives no score. */
  score(mail: Uint8Array): Promise<number>;
  /** Teaches its Bayes filter. Files, so that thousands need no memory. */
  learn(paths: readonly string[], label: 'spam' | 'ham'): Promise<void>;
  /** Forgets what it was taught. */
  forget(): Promise<void>;
  stop(): Promise<void>;
}

const START_PATIENCE_MS = 120_000;

/** Runs a server of Debian's in a private folder until it is stopped. */
export async function startProgram(config: {
  command: string;
  args(folder: string): readonly string[];
  /** Writes what it needs into its folder. */
  prepare(folder: string): Promise<void>;
  isReady(): Promise<boolean>;
}): Promise<{ folder: string; stop(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-peer-'));
  let child: ChildProcess | null = null;
  const stop = async () => {
    if (child !== null && child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM');
      await once(child, 'close');
    }
    await rm(folder, { recursive: true, force: true });
  };
  try {
    // spamd's children are another user.
    await chmod(folder, 0o777);
    await config.prepare(folder);
    child = spawn(config.command, config.args(folder), { cwd: folder, stdio: 'ignore' });
    await once(child, 'spawn');
    await eventually(async () => {
      if (child?.exitCode !== null) throw new Error(`${config.command} ended with ${child?.exitCode}`);
      if (!(await config.isReady())) throw new Error(`${config.command} is not ready`);
    }, START_PATIENCE_MS);
    return { folder, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
