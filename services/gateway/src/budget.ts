/** How many bytes of mails may be in memory at a time, over all connections. */
export interface Budget {
  /** False: there is no room. */
  take(bytes: number): boolean;
  give(bytes: number): void;
}

export function createBudget(mostBytes: number): Budget {
  let takenBytes = 0;
  return {
    take(bytes) {
      if (takenBytes + bytes > mostBytes) return false;
      takenBytes += bytes;
      return true;
    },
    give(bytes) {
      takenBytes -= bytes;
    },
  };
}
