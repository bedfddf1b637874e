import { bucketOf, type JobId } from '@sluice/contracts';
import { bucketKeys } from '@sluice/fleet/jobs';
import type { Redis } from '@sluice/fleet/redis';

export interface Listener {
  /** The event as it was published (JSON), and its number. */
  onEvent(seq: number, text: string): void;
  /** Events may have been missed. */
  onGap(): void;
}

interface Channel {
  users: number;
  subscribed: Promise<unknown>;
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
  const channels = new Map<string, Channel>();
  // One publication carries the events of one script, a line each.
  subscriber.on('message', (_channel, lines) => {
    for (const text of lines.split('\n')) hand(text);
  });
  function hand(text: string): void {
    const head = HEAD.exec(text);
    if (head === null) return;
    for (const listener of listeners.get(head[1] ?? '') ?? []) listener.onEvent(Number(head[2]), text);
  }
  const lookAgain = () => {
    for (const set of listeners.values()) for (const listener of set) listener.onGap();
  };
  subscriber.on('ready', () => {
    // A look before the server has taken the subscriptions again could itself miss something.
    const renewed = channels.size === 0 ? Promise.resolve() : subscriber.subscribe(...channels.keys());
    renewed.then(lookAgain, lookAgain);
  });
  const timer = setInterval(lookAgain, LOOK_AGAIN_MS);

  function join(name: string): Channel {
    const known = channels.get(name);
    const channel = known ?? { users: 0, subscribed: subscriber.subscribe(name) };
    channel.users += 1;
    channels.set(name, channel);
    return channel;
  }

  function leave(name: string, channel: Channel): void {
    channel.users -= 1;
    if (channel.users > 0 || channels.get(name) !== channel) return;
    channels.delete(name);
    subscriber.unsubscribe(name).catch(() => undefined);
  }

  function forget(jobId: JobId, listener: Listener): void {
    const set = listeners.get(jobId);
    set?.delete(listener);
    if (set?.size === 0) listeners.delete(jobId);
  }

  return {
    /** Listening has begun when this resolves; call what comes back, once, to end it. Nothing is left where it rejects. */
    async listen(jobId: JobId, listener: Listener): Promise<() => void> {
      const { channel: name } = bucketKeys(bucketOf(jobId));
      listeners.set(jobId, (listeners.get(jobId) ?? new Set()).add(listener));
      const channel = join(name);
      const end = () => {
        forget(jobId, listener);
        leave(name, channel);
      };
      try {
        await channel.subscribed;
      } catch (error) {
        // The next one who comes tries anew.
        if (channels.get(name) === channel) channels.delete(name);
        end();
        throw error;
      }
      return end;
    },
    stop: () => clearInterval(timer),
  };
}

export type Hub = ReturnType<typeof createHub>;
