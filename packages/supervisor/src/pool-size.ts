/** How many processes of a kind run: as many as there is work for, from `least` to `most`. */
export interface Bounds {
  least: number;
  most: number;
}

/** For how long more, or fewer, processes must be wanted before that is done, in milliseconds. */
export interface Delays {
  growAfterMs: number;
  shrinkAfterMs: number;
}

/** What a pool looks like from here. */
interface PoolLoad {
  /** Messages that wait or are being worked on. Questions that are parked in a quota's line are none. */
  work: number;
  /** Tasks that one process does at once. */
  concurrency: number;
  /** Processes of the pool that others run, on other machines. */
  elsewhere: number;
}

interface Seen {
  host: string;
  pid: number;
  concurrency: number;
}

/** The load of a pool whose living workers are known. `pids`: all of it that run here, those that are just leaving as well, which are nobody else's. */
export function loadOf(
  work: number,
  workers: readonly Seen[],
  here: { host: string; pids: ReadonlySet<number> },
): PoolLoad {
  return {
    work,
    concurrency: Math.max(1, ...workers.map(({ concurrency }) => concurrency)),
    elsewhere: workers.filter(({ host, pid }) => host !== here.host || !here.pids.has(pid)).length,
  };
}

/** What is remembered from look to look. */
export interface Leaning {
  moreSinceMs: number | null;
  fewerSinceMs: number | null;
  /** The most that was wanted since fewer are wanted. */
  peak: number;
}

export const UPRIGHT: Leaning = { moreSinceMs: null, fewerSinceMs: null, peak: 0 };

/** How many processes here the work would keep busy, within the bounds. */
export function wantedProcesses({ work, concurrency, elsewhere }: PoolLoad, { least, most }: Bounds): number {
  const busy = Math.ceil(work / Math.max(1, concurrency)) - elsewhere;
  return Math.min(Math.max(busy, least), most);
}

/**
 * How many processes there should be now. Growth doubles at most, so that new processes do not take the machine from those that
 * work; shrinking goes to the most that was wanted during the delay, so that the gap between two bursts costs no process.
 */
export function nextSize(
  leaning: Leaning,
  { processes, wanted, nowMs }: { processes: number; wanted: number; nowMs: number },
  { growAfterMs, shrinkAfterMs }: Delays,
): { size: number; leaning: Leaning } {
  if (wanted === processes) return { size: processes, leaning: UPRIGHT };
  if (wanted > processes) {
    const moreSinceMs = leaning.moreSinceMs ?? nowMs;
    if (nowMs - moreSinceMs < growAfterMs) return { size: processes, leaning: { ...UPRIGHT, moreSinceMs } };
    return { size: Math.min(wanted, Math.max(1, processes * 2)), leaning: UPRIGHT };
  }
  const fewerSinceMs = leaning.fewerSinceMs ?? nowMs;
  const peak = Math.max(wanted, leaning.fewerSinceMs === null ? 0 : leaning.peak);
  if (nowMs - fewerSinceMs < shrinkAfterMs) {
    return { size: processes, leaning: { moreSinceMs: null, fewerSinceMs, peak } };
  }
  return { size: peak, leaning: UPRIGHT };
}

/** When a worker is replaced by a fresh one; null: never for that reason. */
export interface WorkerLife {
  tasks: number | null;
  ageMs: number | null;
  memoryBytes: number | null;
}

/** What a worker says of itself. */
interface WorkerWords {
  pid: number;
  startedMs: number;
  tasksDone: number;
  tasksFailed: number;
  rssBytes: number;
}

/** A process that needs more memory than it may from the beginning would be replaced for ever. */
const MEMORY_AFTER_MS = 60_000;

/** Why a worker has lived long enough, or null. */
export function reasonToReplace(worker: WorkerWords, life: WorkerLife, nowMs: number): string | null {
  const { tasksDone, tasksFailed, startedMs, rssBytes } = worker;
  const ageMs = nowMs - startedMs;
  if (life.tasks !== null && tasksDone + tasksFailed >= life.tasks)
    return `it has done ${tasksDone + tasksFailed} tasks`;
  if (life.ageMs !== null && ageMs >= life.ageMs) return `it is ${Math.round(ageMs / 60_000)} minutes old`;
  if (life.memoryBytes !== null && rssBytes > life.memoryBytes && ageMs > MEMORY_AFTER_MS) {
    return `it holds ${Math.round(rssBytes / 2 ** 20)} MB of memory`;
  }
  return null;
}
