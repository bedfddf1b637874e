export type Turns = {
  /** Resolves when one of the turns is free, in the order of asking; rejects with the signal's reason when it aborts first. */
  take: (signal: AbortSignal) => Promise<void>;
  giveBack: () => void;
};

/** Lets at most `count` hold a turn at a time. */
export function createTurns(count: number): Turns {
  let free = count;
  const waiting = new Set<() => void>();

  return {
    take: async (signal) => {
      signal.throwIfAborted();
      if (free > 0) {
        free -= 1;
        return;
      }
      await new Promise<void>((resolve, reject) => {
        const onAbort = () => {
          waiting.delete(onTurn);
          reject(signal.reason as Error);
        };
        const onTurn = () => {
          signal.removeEventListener('abort', onAbort);
          resolve();
        };
        waiting.add(onTurn);
        signal.addEventListener('abort', onAbort, { once: true });
      });
    },
    giveBack: () => {
      const [next] = waiting;
      if (next === undefined) {
        free += 1;
        return;
      }
      waiting.delete(next);
      next();
    },
  };
}
