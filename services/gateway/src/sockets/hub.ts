import { bucketOf, type JobId } from '@sluice/contracts';
import { bucketKeys } from '@sluice/fleet/jobs';
import type { Redis } from '@sluice/fleet/redis';

export interface Listener {
  /** The event as it was published (JSON), and its number. */
  onEvent(seq: number, text: string): void;
  /** Events may have been missed. */
  onGap(): void;
}

/** Pub/sub gives no promise: so often every listener looks whether it missed something. */
const LOOK_AGAIN_MS = 5_000;
const HEAD = /^\{"jobId":"([0-9a-f-]{36})","seq":(\d+),/;

/**
 * Hands published events to those who listen to their job. A bucket's channel is subscribed while somebody listens to one of its
 * jobs. `subscriber` is a connection of its own.
 */
export function createHub(subscriber: Redis) {
  const listeners = new Map<JobId, Set<Listener>>();
  const usersOf = new Map<string, number>();
  subscriber.on('message', (_channel, text) => {
    const head = HEAD.exec(text);
    if (head === null) return;
    for (const listener of listeners.get(head[1] ?? '') ?? []) listener.onEvent(Number(head[2]), text);
  });
  const lookAgain = () => {
    for (const set of listeners.values()) for (const listener of set) listener.onGap();
  };
  subscriber.on('ready', lookAgain);
  const timer = setInterval(lookAgain, LOOK_AGAIN_MS);

  async function use(channel: string, change: 1 | -1): Promise<void> {
    const before = usersOf.get(channel) ?? 0;
    usersOf.set(channel, before + change);
    if (before === 0) await subscriber.subscribe(channel);
    else if (before + change === 0) await subscriber.unsubscribe(channel);
  }

  return {
    /** Listening has begun when this resolves; call what comes back to end it. */
    async listen(jobId: JobId, listener: Listener): Promise<() => void> {
      const { channel } = bucketKeys(bucketOf(jobId));
      const set = listeners.get(jobId) ?? new Set();
      listeners.set(jobId, set.add(listener));
      await use(channel, 1);
      return () => {
        set.delete(listener);
        if (set.size === 0 && listeners.get(jobId) === set) listeners.delete(jobId);
        use(channel, -1).catch(() => undefined);
      };
    },
    stop: () => clearInterval(timer),
  };
}

export type Hub = ReturnType<typeof createHub>;
