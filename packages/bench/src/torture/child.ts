import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

const TICK_MS = 10;

/** What the processes that this one started have used since `begin`. Linux only. */
export interface Use {
  cpuMs: number;
  /** The most resident memory of one of them. */
  peakBytes: number;
}

/** Watches the processes that this one has started. Of those that have ended meanwhile only the time is known. */
export function createUseWatch() {
  const began = new Map<number, number>();
  let endedMs = 0;
  return {
    begin(): void {
      began.clear();
      endedMs = endedCpuMs();
      for (const pid of childPids()) {
        began.set(pid, cpuMsOf(pid));
        forgetPeak(pid);
      }
    },
    end(): Use {
      const used = childPids().map((pid) => ({ pid, cpuMs: cpuMsOf(pid) - (began.get(pid) ?? 0), bytes: peakOf(pid) }));
      for (const { pid } of used) began.delete(pid);
      const before = [...began.values()].reduce((sum, cpuMs) => sum + cpuMs, 0);
      return {
        cpuMs: used.reduce((sum, { cpuMs }) => sum + Math.max(0, cpuMs), endedCpuMs() - endedMs - before),
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
  const fields = timesOf(pid);
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * TICK_MS;
}

/** Of all processes that this one has started and that have ended. */
function endedCpuMs(): number {
  const fields = timesOf('self');
  return (Number(fields[13] ?? 0) + Number(fields[14] ?? 0)) * TICK_MS;
}

/** The fields of `stat` behind the name, which may hold spaces. */
function timesOf(process: number | 'self'): string[] {
  return readOrNothing(`/proc/${process}/stat`).split(') ').at(-1)?.split(' ') ?? [];
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
