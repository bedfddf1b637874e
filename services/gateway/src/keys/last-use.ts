import type { Records } from '@sluice/records';

const WRITE_EVERY_MS = 60_000;

/** Keeps when each key was last used, and writes it once a minute. What is not written is lost without harm. */
export function createLastUse(keys: Pick<Records['keys'], 'used'>, onError: (error: unknown) => void) {
  let times = new Map<string, number>();
  async function write(): Promise<void> {
    if (times.size === 0) return;
    const written = times;
    times = new Map();
    try {
      await keys.used(written);
    } catch (error) {
      // What came meanwhile is later.
      times = new Map([...written, ...times]);
      onError(error);
    }
  }
  const timer = setInterval(() => void write(), WRITE_EVERY_MS);
  return {
    note: (keyId: string, atMs: number): void => void times.set(keyId, atMs),
    async stop(): Promise<void> {
      clearInterval(timer);
      await write();
    },
  };
}

export type LastUse = ReturnType<typeof createLastUse>;
