import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { countDeaths, restartDelayMs } from './backoff.ts';
import { LogReader, openLog } from './log-file.ts';
import type { Program, RunningProcess } from './program.ts';

const READY_POLL_MS = 50;
/** A program that dies this often without ever having been ready is given up: its reason will not go away. */
const HOPELESS_DEATHS = 3;

export interface KeeperHooks {
  say(line: string): void;
  /** Called whenever the program has got a process number or lost it. */
  changed(): void;
}

/** Keeps one program running: starts it again with growing pauses when it dies, until it is stopped. */
export class Keeper {
  readonly program: Program;
  readonly #hooks: KeeperHooks;
  readonly #stopRequest = new AbortController();
  readonly #firstReady = Promise.withResolvers<void>();
  #child: ChildProcess | null = null;
  #log: LogReader | null = null;
  #readySinceMs: number | null = null;
  #wasReady = false;
  #deaths = 0;
  #loop: Promise<void> | null = null;
  #stopped: Promise<void> | null = null;

  constructor(program: Program, hooks: KeeperHooks) {
    this.program = program;
    this.#hooks = hooks;
    this.#firstReady.promise.catch(() => undefined);
  }

  /** Starts the program and keeps it. Resolves when it is ready for the first time; rejects when it dies before, again and again. */
  start(): Promise<void> {
    this.#loop ??= this.#keep();
    return this.#firstReady.promise;
  }

  /** The living process, or null between two lives. */
  process(): RunningProcess | null {
    const pid = this.#child?.pid;
    return pid === undefined ? null : { name: this.program.name, pid, metricsPort: this.program.metricsPort };
  }

  isReady(): boolean {
    return this.#readySinceMs !== null;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** Says the errors that the program has logged since the last call. */
  reportProblems(): void {
    for (const problem of this.#log?.problems() ?? []) this.#hooks.say(`${this.program.name}: ${problem}`);
  }

  /** Asks the process to stop, and sends SIGKILL when the time is up. Resolves when the process is gone; no restart follows. Idempotent. */
  stop(graceMs: number): Promise<void> {
    this.#stopped ??= this.#stop(graceMs);
    return this.#stopped;
  }

  async #stop(graceMs: number): Promise<void> {
    this.#stopRequest.abort();
    this.#firstReady.reject(new Error(`${this.program.name} was stopped`));
    this.signal(this.program.stopSignal ?? 'SIGTERM');
    const timer = setTimeout(() => {
      this.#hooks.say(
        `${this.program.name} had not stopped after ${graceMs / 1000} s and was killed; what it did was cut off`,
      );
      this.signal('SIGKILL');
    }, graceMs);
    await this.#loop;
    clearTimeout(timer);
  }

  async #keep(): Promise<void> {
    const stopRequest = this.#stopRequest.signal;
    while (!stopRequest.aborted) {
      const ending = await this.#live();
      this.reportProblems();
      if (stopRequest.aborted) return;
      const readyForMs = this.#readySinceMs === null ? 0 : performance.now() - this.#readySinceMs;
      this.#readySinceMs = null;
      this.#deaths = countDeaths(this.#deaths, readyForMs);
      const pauseMs = restartDelayMs(this.#deaths);
      this.#mourn(ending, pauseMs);
      await wait(pauseMs, undefined, { signal: stopRequest }).catch(() => undefined);
    }
  }

  /** Says how the program ended; where there is no hope for it, that ends the waiting for it instead. */
  #mourn(ending: string, pauseMs: number): void {
    const words = (this.#log?.lastWords() ?? []).map((line) => `\n    ${line}`).join('');
    const where = `log: ${this.program.logFile}`;
    if (!this.#wasReady && this.#deaths >= (this.program.mostDeaths ?? HOPELESS_DEATHS)) {
      this.#firstReady.reject(new Error(`${this.program.name} ${ending} each time it was started (${where})${words}`));
    } else {
      this.#hooks.say(`${this.program.name} ${ending}; starting it again in ${pauseMs / 1000} s (${where})${words}`);
    }
  }

  /** One life, from start to death. Resolves with how it ended. */
  async #live(): Promise<string> {
    const death = new AbortController();
    try {
      const child = this.#spawn();
      const ending = endOf(child);
      this.#hooks.changed();
      void this.#awaitReady(death.signal);
      return await ending;
    } catch (error) {
      return `could not be started (${error instanceof Error ? error.message : String(error)})`;
    } finally {
      death.abort();
      if (this.#child?.pid !== undefined && this.program.tied) killGroup(this.#child.pid);
      this.#child = null;
      this.#hooks.changed();
    }
  }

  /** In a process group of its own, so that a terminal's Ctrl-C reaches the supervisor alone and the order of stopping is ours. */
  #spawn(): ChildProcess {
    const { command, args, argv0, cwd, env, input, tied, logFile, user } = this.program;
    const log = openLog(logFile);
    try {
      this.#log = new LogReader(logFile);
      const stdin = input === undefined ? 'ignore' : 'pipe';
      const stdio: StdioOptions = tied ? [stdin, log, log, 'ipc'] : [stdin, log, log];
      const child = spawn(command, args, {
        cwd,
        env,
        stdio,
        detached: true,
        ...(argv0 === undefined ? {} : { argv0 }),
        ...user,
      });
      this.#child = child;
      child.stdin?.on('error', () => undefined);
      child.stdin?.end(input);
      return child;
    } finally {
      closeSync(log);
    }
  }

  async #awaitReady(death: AbortSignal): Promise<void> {
    while (!(await this.program.isReady())) {
      await wait(READY_POLL_MS);
      if (death.aborted) return;
    }
    if (death.aborted) return;
    this.#readySinceMs = performance.now();
    if (this.#wasReady) this.#hooks.say(`${this.program.name} is back (process ${this.#child?.pid})`);
    this.#wasReady = true;
    this.#firstReady.resolve();
  }
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) =>
      resolve(signal === null ? `ended with status ${code}` : `was ended by ${signal}`),
    );
  });
}

/** What a service started (a browser, a helper) must not outlive it. */
function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The usual case: the group was empty.
  }
}
