import { setTimeout as wait } from 'node:timers/promises';

const PATIENCE_MS = 15_000;
const PAUSE_MS = 20;

/** Repeats the check until it stops throwing or returns something other than `false`; the last error ends the patience. */
export async function eventually<T>(check: () => T | Promise<T>, patienceMs = PATIENCE_MS): Promise<T> {
  const endMs = performance.now() + patienceMs;
  let lastError: unknown;
  do {
    try {
      const value = await check();
      if (value !== false) return value;
      lastError = new Error('the check stayed false');
    } catch (error) {
      lastError = error;
    }
    await wait(PAUSE_MS);
  } while (performance.now() < endMs);
  throw lastError;
}
