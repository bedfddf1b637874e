import { readdirSync, readFileSync } from 'node:fs';

const LOOK_MS = 1_000;
const PAGE_BYTES = 4_096;
const TICK_MS = 10;

/** The most resident memory that the processes and all below them had together, looked at every second. Linux only. */
export function watchMemory(pids: () => number[]): { stop(): number } {
  let peakBytes = 0;
  const look = () => {
    peakBytes = Math.max(peakBytes, residentBytes(pids()));
  };
  const timer = setInterval(look, LOOK_MS);
  return {
    stop() {
      clearInterval(timer);
      return peakBytes;
    },
  };
}

/** Processor time that the processes and all below them have used so far; Linux only, and without those below that have ended. */
export function cpuMsOf(pids: readonly number[]): number {
  return familyOf(pids).reduce((sum, { cpuMs }) => sum + cpuMs, 0);
}

function residentBytes(roots: readonly number[]): number {
  return familyOf(roots).reduce((sum, { bytes }) => sum + bytes, 0);
}

interface ProcessFacts {
  pid: number;
  parent: number;
  bytes: number;
  cpuMs: number;
}

function familyOf(roots: readonly number[]): ProcessFacts[] {
  const processes = readProcesses();
  const family = new Set(roots);
  for (let size = -1; size !== family.size; ) {
    size = family.size;
    for (const { pid, parent } of processes) if (family.has(parent)) family.add(pid);
  }
  return processes.filter(({ pid }) => family.has(pid));
}

function readProcesses(): ProcessFacts[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const fields = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
      const cpuMs = (Number(fields[11]) + Number(fields[12])) * TICK_MS;
      return [{ pid: Number(name), parent: Number(fields[1]), bytes: Number(fields[21]) * PAGE_BYTES, cpuMs }];
    } catch {
      return [];
    }
  });
}
