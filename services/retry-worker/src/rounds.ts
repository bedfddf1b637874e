interface RoundsConfig {
  /** Pause between two rounds. */
  everyMs: number;
  work: () => Promise<void>;
  onError: (error: unknown) => void;
  /** The pause lasts this many times as long as the round took, where that is longer. */
  restFactor?: number;
}

/** Does the work again and again, one round after the other. */
export function createRounds({ everyMs, work, onError, restFactor = 0 }: RoundsConfig) {
  let timer: NodeJS.Timeout | undefined;
  let current: Promise<void> = Promise.resolve();
  let stopped = false;

  function schedule(pauseMs: number): void {
    if (stopped) return;
    timer = setTimeout(() => {
      const beganMs = performance.now();
      current = work()
        .catch(onError)
        .finally(() => schedule(Math.max(everyMs, (performance.now() - beganMs) * restFactor)));
    }, pauseMs);
  }

  return {
    start: () => schedule(everyMs),
    /** Resolves when the running round is over; `isStopped` lets it end early. */
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await current;
    },
    isStopped: () => stopped,
  };
}
