/** Wakes the one who waits. */
export type Bell = {
  ring(): void;
  /** Until the bell rings or the time is over; a ring that came while nobody waited counts. Rejects with the signal's reason. */
  wait(timeoutMs: number, signal: AbortSignal): Promise<void>;
};

export function createBell(): Bell {
  let rung = Promise.withResolvers<void>();
  return {
    ring: () => rung.resolve(),
    async wait(timeoutMs, signal) {
      signal.throwIfAborted();
      const over = Promise.withResolvers<void>();
      const giveUp = () => over.reject(signal.reason);
      const timer = setTimeout(over.resolve, Math.min(timeoutMs, 2 ** 31 - 1));
      signal.addEventListener('abort', giveUp, { once: true });
      try {
        await Promise.race([rung.promise, over.promise]);
      } finally {
        clearTimeout(timer);
        signal.removeEventListener('abort', giveUp);
        rung = Promise.withResolvers();
      }
    },
  };
}
