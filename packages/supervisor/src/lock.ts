import { mkdirSync, readFileSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { identify } from './process-identity.ts';

const Holder = z.object({ pid: z.number(), identity: z.string() });

/** Between creating a lock and having written it lie microseconds; an unreadable one that is older was left by a crash. */
const UNREADABLE_MS = 2_000;

export interface Lock {
  /** Gives the lock back. Safe to call twice. */
  release(): void;
}

export type LockAttempt = { lock: Lock; wasStale: boolean } | { heldBy: number | null };

/**
 * Takes the lock file for this process, or tells who holds it (null where that cannot be read). A lock whose holder is dead
 * is taken over, also when its process number lives on in another process.
 */
export function takeLock(file: string): LockAttempt {
  for (let wasStale = false; ; wasStale = true) {
    if (create(file)) return { lock: { release: () => release(file) }, wasStale };
    const state = inspect(file);
    if (state.held) return { heldBy: state.pid };
    breakStale(file);
  }
}

function create(file: string): boolean {
  const holder = { pid: process.pid, identity: identify(process.pid) ?? '' };
  try {
    writeFileSync(file, JSON.stringify(holder), { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function inspect(file: string): { held: boolean; pid: number | null } {
  const holder = read(file);
  if (holder === null) return { held: ageMs(file) < UNREADABLE_MS, pid: null };
  return { held: identify(holder.pid) === holder.identity, pid: holder.pid };
}

function read(file: string): z.infer<typeof Holder> | null {
  try {
    return Holder.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return null;
  }
}

/** Only who holds the takeover folder removes a stale lock, and looks again before: of two, the slower one finds it alive. */
function breakStale(file: string): void {
  const takeover = `${file}.takeover`;
  try {
    mkdirSync(takeover);
  } catch {
    if (ageMs(takeover) > UNREADABLE_MS) rmSync(takeover, { recursive: true, force: true });
    return;
  }
  try {
    if (!inspect(file).held) rmSync(file, { force: true });
  } finally {
    rmdirSync(takeover);
  }
}

function release(file: string): void {
  if (read(file)?.pid === process.pid) rmSync(file, { force: true });
}

/** Infinite where there is no such file. */
function ageMs(file: string): number {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat === undefined ? Number.POSITIVE_INFINITY : Date.now() - stat.mtimeMs;
}
