import { setTimeout as wait } from 'node:timers/promises';
import type { Objects, PutOptions } from './port.ts';

/**
 * Sweeping what is old while others may put the same again. A store says when an object was put, and removes it, but not both in one step: what is put in between would be
 * lost. So whoever sweeps leaves a mark first; whoever has put looks for the mark afterwards, and then whether the object is still there, and puts it once more where
 * it may have come too early. No mark, and the object there: then the sweep is over, or has yet to look, and will find it young. One sweeps at a time: the mark that the
 * first takes away would else leave the second unseen.
 */
const MARK = '.removing';
/** A sweep takes far less; what is older was left by one that died. */
const MARK_LIFE_MS = 120_000;
const LOOK_MS = 50;
const LEFTOVER_MS = 24 * 3_600_000;

const markOf = (key: string): string => `${key}${MARK}`;

export interface Sweeping {
  objects: Objects;
  /** Waits a moment; for tests. */
  pause?: () => Promise<unknown>;
}

/** Puts an object: when it resolves, no sweep that began before takes it away. */
export async function putForGood(
  { objects, pause = () => wait(LOOK_MS) }: Sweeping,
  key: string,
  bytes: Uint8Array,
  options: PutOptions,
): Promise<void> {
  for (;;) {
    await objects.put(key, bytes, options);
    let markMs = await objects.putMs(markOf(key));
    const putMs = await objects.putMs(key);
    // Both by the clock of the store.
    const isSwept = (at: number | null) => at !== null && (putMs ?? at) - at < MARK_LIFE_MS;
    if (!isSwept(markMs) && putMs !== null) return;
    for (let left = MARK_LIFE_MS; isSwept(markMs) && left > 0; left -= LOOK_MS) {
      await pause();
      markMs = await objects.putMs(markOf(key));
    }
  }
}

/** Removes an object unless it was put since then, or another sweep is at it. */
export async function removeOlder({ objects }: Sweeping, key: string, unlessPutSinceMs: number): Promise<void> {
  const mark = markOf(key);
  if ((await objects.create(mark).catch(unlessFull)) === false) return;
  const putMs = await objects.putMs(key);
  if (putMs !== null && putMs < unlessPutSinceMs) await objects.remove(key);
  await objects.remove(mark);
}

/** For `catch`: a full disk takes no mark, and nothing that is put either; it is swept all the same. */
function unlessFull(error: unknown): void {
  if (!['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
}

/** Whether it is a mark that a sweep left behind when it died. */
export function isLeftMark({ key, modifiedMs }: { key: string; modifiedMs: number }, nowMs: number): boolean {
  return key.endsWith(MARK) && modifiedMs < nowMs - LEFTOVER_MS;
}
