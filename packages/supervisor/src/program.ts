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
