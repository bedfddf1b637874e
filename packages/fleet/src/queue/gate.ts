/** Gives the way back. */
type Leave = () => void;

interface Waiting {
  isAlone: boolean;
  enter: (leave: Leave | null) => void;
}

/**
 * Lets many in at once, or one alone: who wants to be alone waits until the others have left, and nobody who came later enters before. In
 * the order of their coming.
 */
export function createGate() {
  const waiting: Waiting[] = [];
  let inside = 0;
  let isTaken = false;

  function admit(): void {
    for (let next = waiting[0]; next !== undefined && !isTaken && !(next.isAlone && inside > 0); next = waiting[0]) {
      waiting.shift();
      inside += 1;
      isTaken = next.isAlone;
      next.enter(leave);
    }
  }

  function leave(): void {
    inside -= 1;
    isTaken = false;
    admit();
  }

  return {
    /** Resolves with what is to be called on leaving, or with null when the signal fires before. */
    enter(isAlone: boolean, signal: AbortSignal): Promise<Leave | null> {
      return new Promise((resolve) => {
        const place: Waiting = { isAlone, enter: resolve };
        const giveUp = () => {
          const at = waiting.indexOf(place);
          if (at < 0) return;
          waiting.splice(at, 1);
          resolve(null);
          admit();
        };
        if (signal.aborted) return resolve(null);
        signal.addEventListener('abort', giveUp, { once: true });
        waiting.push(place);
        admit();
      });
    },
  };
}
