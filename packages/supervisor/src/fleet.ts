import type { FleetConfig } from './config.ts';
import { DataFolder } from './data-folder.ts';
import { StartError } from './errors.ts';
import { Keeper } from './keeper.ts';
import { stopLeftovers } from './leftovers.ts';
import { type Lock, takeLock } from './lock.ts';
import type { Program, RunningProcess } from './program.ts';
import { buildPrograms, type FleetPrograms } from './programs.ts';
import type { Scaler, ScalerConfig } from './scaler.ts';
import type { ServiceSpec } from './services.ts';

const READY_PATIENCE_MS = 120_000;
/** Services drain for up to 25 s and say themselves, at 30 s, what they left undone; only after that they are killed. */
const SERVICE_GRACE_MS = 32_000;
const SERVER_GRACE_MS = 30_000;
const PROBLEMS_POLL_MS = 1_000;

export interface FleetOptions {
  /** What a person should know, a line each. */
  out: (line: string) => void;
  /** What is wrong, a line each. */
  err: (line: string) => void;
  /** Aborting it while the fleet starts stops what has been started; {@link startFleet} then rejects. */
  signal?: AbortSignal;
  /** Other services than those of the house. */
  services?: readonly ServiceSpec[] | undefined;
  /** How long a service may drain before it is killed, in milliseconds. */
  serviceGraceMs?: number;
}

/** A fleet that is ready. */
export interface Fleet {
  readonly url: string;
  readonly dataDir: string;
  /** With the password in it. */
  readonly redisUrl: string;
  readonly cacheRedisUrl: string;
  /** Of PostgreSQL, with the password in it. */
  readonly databaseUrl: string;
  /** Those alive now, servers included; between death and restart a process is missing. */
  processes(): RunningProcess[];
  /** Sends a signal (SIGKILL) to a process, `gateway` meaning `gateway-1`, and returns its number. Throws where none runs. */
  kill(name: string, signal?: NodeJS.Signals): number;
  /** Stops everything in order and resolves when no process is left. Idempotent. */
  stop(): Promise<void>;
}

/**
 * Starts the servers and services of a data folder and resolves when all are ready. From then on whatever dies is started
 * again. Throws {@link StartError} where a fleet runs there already, a port is in use, a program is missing or a service will not
 * start; nothing is left running then.
 */
export async function startFleet(config: FleetConfig, options: FleetOptions): Promise<Fleet> {
  const folder = new DataFolder(config.dataDir);
  const lock = lockFolder(folder);
  const crew = new Crew(folder, lock, options);
  try {
    await stopLeftovers(folder.recordedProcesses(), crew.patience, options.err);
    folder.removeFleet();
    const programs = await buildPrograms(config, folder, options.services);
    await crew.start(programs);
    crew.scale(programs, config);
    return crew.fleet(programs);
  } catch (error) {
    await crew.stop();
    throw error;
  }
}

function lockFolder(folder: DataFolder): Lock {
  const attempt = takeLock(folder.lockFile);
  if ('lock' in attempt) return attempt.lock;
  const fleet = folder.readFleet();
  const where = fleet !== null && fleet.pid === attempt.heldBy ? `at ${fleet.url}` : 'and is starting or stopping';
  throw new StartError(
    `A fleet already runs on ${folder.root} (process ${attempt.heldBy ?? 'unknown'}) ${where}. Stop it first, or set SLUICE_DATA_DIR to another folder.`,
  );
}

/** All keepers of a fleet, in the order of their starting and stopping. */
class Crew {
  readonly patience: { serviceMs: number; serverMs: number };
  readonly #folder: DataFolder;
  readonly #lock: Lock;
  readonly #options: FleetOptions;
  #servers: Keeper[] = [];
  #doors: Keeper[] = [];
  #inner: Keeper[] = [];
  #scaler: Promise<Scaler> | null = null;
  #watch: NodeJS.Timeout | undefined;
  #ready: { url: string; startedAt: string } | null = null;
  #stopped: Promise<void> | null = null;

  constructor(folder: DataFolder, lock: Lock, options: FleetOptions) {
    this.#folder = folder;
    this.#lock = lock;
    this.#options = options;
    this.patience = { serviceMs: options.serviceGraceMs ?? SERVICE_GRACE_MS, serverMs: SERVER_GRACE_MS };
  }

  async start(programs: FleetPrograms): Promise<void> {
    this.#servers = programs.servers.map((program) => this.#keeperOf(program));
    this.#doors = programs.doors.map((program) => this.#keeperOf(program));
    this.#inner = programs.inner.map((program) => this.#keeperOf(program));
    const services = this.#doors.length + this.#inner.length;
    this.#options.out(
      `Starting ${this.#servers.length} servers (Redis, PostgreSQL) and ${services} services on ${this.#folder.root}`,
    );
    this.#watch = setInterval(() => this.#reportProblems(), PROBLEMS_POLL_MS);
    await this.#startAll(this.#servers);
    await this.#startAll([...this.#doors, ...this.#inner]);
    this.#ready = { url: programs.url, startedAt: new Date().toISOString() };
    this.#record();
  }

  /** From now on pools grow and shrink. */
  scale({ pools, redisUrl }: FleetPrograms, { scaling, workerLife }: FleetConfig): void {
    if (pools.length === 0) return;
    this.#scaler = startLater({
      pools,
      redisUrl,
      delays: scaling,
      life: workerLife,
      staff: () => this.#inner.map((one) => ({ name: one.program.name, pid: one.process()?.pid ?? null })),
      hire: (program) => this.#hire(program),
      dismiss: (name) => this.#dismiss(name),
      say: this.#options.out,
    });
  }

  async #hire(program: Program): Promise<void> {
    const keeper = this.#keeperOf(program);
    this.#inner.push(keeper);
    try {
      await keeper.start();
    } catch (error) {
      await this.#dismiss(program.name);
      throw error;
    }
  }

  async #dismiss(name: string): Promise<void> {
    const keeper = this.#inner.find(({ program }) => program.name === name);
    await keeper?.stop(this.patience.serviceMs);
    this.#inner = this.#inner.filter((one) => one !== keeper);
  }

  #keeperOf(program: Program): Keeper {
    return new Keeper(program, { say: this.#options.err, changed: () => this.#record() });
  }

  fleet(programs: FleetPrograms): Fleet {
    return {
      url: programs.url,
      dataDir: this.#folder.root,
      redisUrl: programs.redisUrl,
      cacheRedisUrl: programs.cacheRedisUrl,
      databaseUrl: programs.databaseUrl,
      processes: () => this.#running(),
      kill: (name, signal) => this.#kill(name, signal ?? 'SIGKILL'),
      stop: () => this.stop(),
    };
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  /** Door first, so that no new work comes in; servers last, so that what the others hand back is kept. */
  async #stop(): Promise<void> {
    await (await this.#scaler)?.stop();
    await stopAll(this.#doors, this.patience.serviceMs);
    await stopAll(this.#inner, this.patience.serviceMs);
    await stopAll(this.#servers, this.patience.serverMs);
    clearInterval(this.#watch);
    this.#folder.removeFleet();
    this.#lock.release();
  }

  /** Starts keepers together. Rejects when one is hopeless, when the patience ends, or when the start is called off. */
  async #startAll(keepers: Keeper[]): Promise<void> {
    const { signal } = this.#options;
    const called = Promise.withResolvers<never>();
    const callOff = () => called.reject(new StartError('The start was called off.'));
    const timer = setTimeout(() => called.reject(new StartError(notReady(keepers))), READY_PATIENCE_MS);
    signal?.addEventListener('abort', callOff, { once: true });
    try {
      if (signal?.aborted === true) callOff();
      else await Promise.race([Promise.all(keepers.map((keeper) => keeper.start())), called.promise]);
      if (signal?.aborted === true) await called.promise;
    } catch (error) {
      throw error instanceof StartError ? error : new StartError((error as Error).message, { cause: error });
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', callOff);
    }
  }

  #keepers(): Keeper[] {
    return [...this.#doors, ...this.#inner, ...this.#servers];
  }

  #running(): RunningProcess[] {
    return this.#keepers().flatMap((keeper) => keeper.process() ?? []);
  }

  #kill(name: string, signal: NodeJS.Signals): number {
    const keeper = this.#keepers().find(({ program }) => program.name === name || program.name === `${name}-1`);
    const pid = keeper?.process()?.pid;
    if (keeper === undefined || pid === undefined) throw new Error(`no process ${name} runs`);
    keeper.signal(signal);
    return pid;
  }

  /** A full disk must not end the fleet: what could not be written is said and tried again at the next change. */
  #record(): void {
    try {
      const processes = this.#running();
      this.#folder.recordProcesses(processes);
      if (this.#ready !== null && this.#stopped === null) {
        this.#folder.writeFleet({ v: 1, ...this.#ready, pid: process.pid, processes });
      }
    } catch (error) {
      this.#options.err(`the list of processes could not be written: ${(error as Error).message}`);
    }
  }

  #reportProblems(): void {
    for (const keeper of this.#keepers()) keeper.reportProblems();
  }
}

/** Its clients of Redis and of the queues are loaded when the fleet is up: nobody waits for them. */
async function startLater(config: ScalerConfig): Promise<Scaler> {
  const { startScaler } = await import('./scaler.ts');
  return startScaler(config);
}

async function stopAll(keepers: readonly Keeper[], graceMs: number): Promise<void> {
  await Promise.all(keepers.map((keeper) => keeper.stop(graceMs)));
}

function notReady(keepers: readonly Keeper[]): string {
  const late = keepers
    .filter((keeper) => !keeper.isReady())
    .map(({ program }) => `${program.name} (log: ${program.logFile})`);
  return `Not ready after ${READY_PATIENCE_MS / 1_000} s: ${late.join(', ')}`;
}
