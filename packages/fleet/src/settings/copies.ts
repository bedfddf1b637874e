/** How long a copy is believed while notices are heard, and while they are not. */
const HEARD_MS = 30_000;
const UNHEARD_MS = 1_000;
/** The source is left alone so long after it did not answer. */
const PAUSE_MS = 1_000;
const MOST_COPIES = 20_000;

interface Copy<T> {
  value: T;
  readMs: number;
}

/** What reading gave; what is no copy is answered once, and the copy that there is stays. */
interface Read<T> {
  value: T;
  isCopy: boolean;
}

export interface CopiesConfig<T> {
  /** `held`: the copy that there is. */
  read: (key: string, held: T | undefined) => Promise<Read<T>>;
  /** Whether notices of changes arrive now. */
  isHearing: () => boolean;
  /** How long the source is waited for where a copy can stand in. */
  patienceMs: number;
  monotonicMs: () => number;
  onError: (error: unknown) => void;
}

/**
 * Copies of what stands in Redis. One that was changed is read anew with the next question; one that cannot be read stands as it was. Throws what
 * reading throws where there is no copy yet.
 */
export function createCopies<T>({ read, isHearing, patienceMs, monotonicMs, onError }: CopiesConfig<T>) {
  const copies = new Map<string, Copy<T>>();
  const reading = new Map<string, Promise<T>>();
  /** By how many changes were heard of before; a value that was read before one of them is read again. */
  let heard = 0;
  let pausedUntilMs = 0;

  async function readAnew(key: string): Promise<T> {
    for (;;) {
      const before = heard;
      const { value, isCopy } = await read(key, copies.get(key)?.value);
      if (before !== heard) continue;
      if (isCopy) keep(key, value);
      return value;
    }
  }

  function keep(key: string, value: T): void {
    copies.delete(key);
    copies.set(key, { value, readMs: monotonicMs() });
    const oldest = copies.size > MOST_COPIES ? copies.keys().next().value : undefined;
    if (oldest !== undefined) copies.delete(oldest);
  }

  function refresh(key: string): Promise<T> {
    const running = reading.get(key) ?? readAnew(key).finally(() => reading.delete(key));
    reading.set(key, running);
    return running;
  }

  return {
    async get(key: string): Promise<T> {
      const copy = copies.get(key);
      if (copy === undefined) return refresh(key);
      const isOld = monotonicMs() - copy.readMs >= (isHearing() ? HEARD_MS : UNHEARD_MS);
      if (!isOld || monotonicMs() < pausedUntilMs) return copy.value;
      try {
        return await withinMs(patienceMs, refresh(key));
      } catch (error) {
        pausedUntilMs = monotonicMs() + PAUSE_MS;
        onError(error);
        return copy.value;
      }
    },

    /** A change was heard of: of this key, or of nobody knows which. */
    distrust(key?: string): void {
      heard += 1;
      pausedUntilMs = 0;
      for (const [name, copy] of copies) if (key === undefined || name === key) copy.readMs = Number.NEGATIVE_INFINITY;
    },
  };
}

async function withinMs<T>(ms: number, work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`no answer within ${ms} ms`)), ms);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
}
