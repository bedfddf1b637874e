/**
 * Joins callers that want the same done (a group commit): who comes while it is being done waits for the next round, which
 * begins after they came and is done once for all of them.
 */
export function createRounds(doIt: (name: string) => Promise<void>): (name: string) => Promise<void> {
  const running = new Map<string, Promise<void>>();
  const next = new Map<string, Promise<void>>();

  function begin(name: string): Promise<void> {
    const round = doIt(name).finally(() => {
      if (running.get(name) === round) running.delete(name);
    });
    running.set(name, round);
    return round;
  }

  return (name) => {
    const current = running.get(name);
    if (current === undefined) return begin(name);
    const waiting =
      next.get(name) ??
      current
        .catch(() => undefined)
        .then(() => {
          next.delete(name);
          return begin(name);
        });
    next.set(name, waiting);
    return waiting;
  };
}
