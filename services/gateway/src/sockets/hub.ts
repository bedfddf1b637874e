import { ALL_BUCKETS, type JobId } from '@sluice/contracts';
import { bucketKeys, keysOf } from '@sluice/fleet/jobs';
import type { Redis } from '@sluice/fleet/redis';

/** Of one job. */
export interface Listener {
  /** The event as it was published (JSON), and its number. */
  onEvent(seq: number, text: string): void;
  /** Events may have been missed. */
  onGap(): void;
}

/** Of everything. */
export interface Follower {
  onEvent?(jobId: JobId, seq: number, text: string): void;
  /** A dead letter has changed. */
  onLetter?(): void;
  /** Nothing is heard from now on. */
  onLost?(): void;
  /** It is heard again, and something may have been missed. */
  onGap?(): void;
  /** Pub/sub gives no promise, a Cluster's least of all: look now and then whether something was missed. */
  onLook?(): void;
}

/** So often each job that somebody listens to is asked for its last number. */
const LOOK_AGAIN_MS = 5_000;
const LOOKS_AT_ONCE = 100;
/** Followers look every so many times. */
const FOLLOWERS_LOOK = 6;
const HEAD = /^\{"jobId":"([0-9a-f-]{36})","seq":(\d+),/;
/** Told of by retry-worker. */
const LETTERS_CHANNEL = 'dead-letters';
const CHANNELS = [...ALL_BUCKETS.map((bucket) => bucketKeys(bucket).channel), LETTERS_CHANNEL];

export type Hub = ReturnType<typeof createHub>;

/** Reads all channels of events once for this process, while anybody listens, and hands on what comes. `subscriber` is a connection of its own. */
export function createHub(subscriber: Redis, redis: Redis) {
  const listeners = new Map<JobId, Set<Listener>>();
  const followers = new Set<Follower>();
  /** Last numbers of the jobs that somebody listens to, as they were heard. */
  const heard = new Map<JobId, number>();
  const subscription = createSubscription(subscriber);
  let looks = 0;
  let isLost = false;

  // One publication carries the events of one script, a line each.
  subscriber.on('message', (channel, lines) => {
    if (channel === LETTERS_CHANNEL) for (const { onLetter } of followers) onLetter?.();
    else for (const text of lines.split('\n')) hand(text);
  });
  subscriber.on('close', () => {
    // Each try to connect again closes too.
    if (isLost) return;
    isLost = true;
    for (const { onLost } of followers) onLost?.();
  });
  subscriber.on('ready', () => {
    isLost = false;
    // A look before the server has taken the subscriptions again could itself miss something.
    subscription.renew().then(tellOfGap, tellOfGap);
  });
  const timer = setInterval(() => void look(), LOOK_AGAIN_MS);

  function hand(text: string): void {
    const head = HEAD.exec(text);
    if (head === null) return;
    const [jobId, seq] = [head[1] ?? '', Number(head[2])];
    for (const { onEvent } of followers) onEvent?.(jobId, seq, text);
    const set = listeners.get(jobId);
    if (set === undefined) return;
    heard.set(jobId, seq);
    for (const listener of set) listener.onEvent(seq, text);
  }

  function tellOfGap(): void {
    for (const { onGap } of followers) onGap?.();
    for (const set of listeners.values()) for (const listener of set) listener.onGap();
  }

  async function look(): Promise<void> {
    looks += 1;
    if (looks % FOLLOWERS_LOOK === 0) for (const { onLook } of followers) onLook?.();
    const jobIds = [...listeners.keys()];
    for (let at = 0; at < jobIds.length; at += LOOKS_AT_ONCE) {
      await Promise.all(jobIds.slice(at, at + LOOKS_AT_ONCE).map(lookAt)).catch(() => undefined);
    }
  }

  async function lookAt(jobId: JobId): Promise<void> {
    const seq = Number(await redis.hget(keysOf(jobId).job, 'seq'));
    if (heard.get(jobId) === seq) return;
    const set = listeners.get(jobId);
    if (set !== undefined) heard.set(jobId, seq);
    for (const listener of set ?? []) listener.onGap();
  }

  function forget(jobId: JobId, listener: Listener): void {
    const set = listeners.get(jobId);
    set?.delete(listener);
    if (set?.size !== 0) return;
    listeners.delete(jobId);
    heard.delete(jobId);
  }

  /** Has begun when this resolves; what comes back ends it, once. Nothing is left where it rejects. */
  async function begin(undo: () => void): Promise<() => void> {
    const end = () => {
      undo();
      subscription.leave();
    };
    try {
      await subscription.join();
    } catch (error) {
      end();
      throw error;
    }
    return end;
  }

  return {
    /** False: nothing is heard just now. */
    isHearing: () => subscriber.status === 'ready',

    /** Listening has begun when this resolves; call what comes back, once, to end it. Nothing is left where it rejects. */
    listen(jobId: JobId, listener: Listener): Promise<() => void> {
      listeners.set(jobId, (listeners.get(jobId) ?? new Set()).add(listener));
      return begin(() => forget(jobId, listener));
    },

    /** As `listen`, for the events of all jobs. */
    follow(follower: Follower): Promise<() => void> {
      followers.add(follower);
      return begin(() => void followers.delete(follower));
    },

    stop: () => clearInterval(timer),
  };
}

/** All channels, as long as anybody wants them. */
function createSubscription(subscriber: Redis) {
  let users = 0;
  let subscribed: Promise<unknown> | undefined;
  return {
    async join(): Promise<void> {
      users += 1;
      subscribed ??= subscriber.subscribe(...CHANNELS);
      const mine = subscribed;
      try {
        await mine;
      } catch (error) {
        // The next one who comes tries anew.
        if (subscribed === mine) subscribed = undefined;
        throw error;
      }
    },

    leave(): void {
      users -= 1;
      if (users > 0 || subscribed === undefined) return;
      subscribed = undefined;
      subscriber.unsubscribe(...CHANNELS).catch(() => undefined);
    },

    async renew(): Promise<void> {
      if (users > 0) await subscriber.subscribe(...CHANNELS);
    },
  };
}
