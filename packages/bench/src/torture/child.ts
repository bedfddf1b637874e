import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

const TICK_MS = 10;

/** What the processes that this one started have used since `begin`. Linux only. */
export interface Use {
  cpuMs: number;
  /** The most resident memory of one of them. */
  peakBytes: number;
}

/** Watches the processes that this one has started. One that has ended meanwhile counts with nothing. */
export function createUseWatch() {
  const began = new Map<number, number>();
  return {
    begin(): void {
      began.clear();
      for (const pid of childPids()) {
        began.set(pid, cpuMsOf(pid));
        forgetPeak(pid);
      }
    },
    end(): Use {
      const used = childPids().map((pid) => ({ cpuMs: cpuMsOf(pid) - (began.get(pid) ?? 0), bytes: peakOf(pid) }));
      return {
        cpuMs: used.reduce((sum, { cpuMs }) => sum + Math.max(0, cpuMs), 0),
        peakBytes: Math.max(0, ...used.map(({ bytes }) => bytes)),
      };
    },
  };
}

function childPids(): number[] {
  return readdirSync('/proc/self/task').flatMap((thread) =>
    (readOrNothing(`/proc/self/task/${thread}/children`).match(/\d+/g) ?? []).map(Number),
  );
}

function cpuMsOf(pid: number): number {
  const fields = readOrNothing(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ') ?? [];
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * TICK_MS;
}

function peakOf(pid: number): number {
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(readOrNothing(`/proc/${pid}/status`))?.[1] ?? 0) * 1024;
}

/** The kernel begins its count of the most memory anew. */
function forgetPeak(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
  } catch {
    // Where that is not allowed the peak is that of all readings so far.
  }
}

function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
