import { SluiceError } from '@sluice/contracts';
import { pause } from './pause.ts';
import { isTransient, unreachable } from './problems.ts';
import { nextPauseMs } from './retry.ts';

/** A connection that stood so long was a good one, also when nothing came over it meanwhile. */
export const STEADY_MS = 15_000;

/** Counts failures since all was well, and waits longer after each, and as long as the server asked. */
export function createTrouble({ url, patienceMs }: { url: URL; patienceMs: number }) {
  let failures = 0;
  let sinceMs = 0;
  return {
    cause: null as unknown,
    healed(): void {
      failures = 0;
      this.cause = null;
    },
    async wait(signal: AbortSignal | undefined): Promise<void> {
      failures += 1;
      if (failures === 1) sinceMs = performance.now();
      const state = { failures, elapsedMs: performance.now() - sinceMs, patienceMs, askedMs: askedMs(this.cause) };
      const pauseMs = nextPauseMs(state, Math.random());
      if (pauseMs === null) throw isTransient(this.cause) ? this.cause : unreachable(url, this.cause);
      await pause(pauseMs, signal);
    },
  };
}

function askedMs(cause: unknown): number | null {
  const retryAtMs = cause instanceof SluiceError ? cause.retryAtMs : undefined;
  return retryAtMs === undefined ? null : retryAtMs - Date.now();
}
