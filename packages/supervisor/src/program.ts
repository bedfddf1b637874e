/** A process that the supervisor keeps alive. */
export interface Program {
  /** Unique in the fleet, like `analyzer-worker-2`; also the log's name. */
  name: string;
  command: string;
  args: readonly string[];
  /** What the process is told its own name is; the command where nothing is said. */
  argv0?: string;
  cwd: string;
  env: Readonly<Record<string, string>>;
  /** Written to its standard input, which is then closed. */
  input?: string;
  /** Whom it runs as, where that is not ourselves. */
  user?: { uid: number; gid: number };
  /** What asks it to stop; SIGTERM where nothing is said. */
  stopSignal?: NodeJS.Signals;
  /** How often it may die without ever having been ready; 3 where nothing is said. */
  mostDeaths?: number;
  /** Whether it gets an IPC channel, whose `disconnect` tells it that its supervisor is gone. */
  tied: boolean;
  metricsPort: number | null;
  logFile: string;
  isReady(): Promise<boolean>;
}

export interface RunningProcess {
  name: string;
  pid: number;
  metricsPort: number | null;
}
