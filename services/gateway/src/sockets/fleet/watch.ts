import type { FleetView } from '@sluice/contracts';
import type { Hub } from '../hub.ts';
import type { Reader } from '../jobs/feed.ts';
import { changesOf } from './changes.ts';
import type { Collector } from './collect.ts';

const EVERY_MS = 1_000;

interface WatchConfig {
  hub: Pick<Hub, 'follow'>;
  collector: Collector;
  onError: (error: unknown) => void;
  everyMs?: number;
  now?: () => number;
}

export type FleetWatch = ReturnType<typeof createFleetWatch>;

/** The fleet for any number of readers: looked at once a second while there is one, and told where it has changed. */
export function createFleetWatch({ hub, collector, onError, everyMs = EVERY_MS, now = Date.now }: WatchConfig) {
  const readers = new Set<Reader>();
  let seen: FleetView | null = null;
  let seq = 0;
  let isStale = false;
  let timer: NodeJS.Timeout | undefined;
  let isLooking = false;
  let endFollowing: (() => void) | undefined;

  const encode = (message: object) => Buffer.from(JSON.stringify(message));
  const tellAll = (message: object) => {
    const text = encode(message);
    for (const reader of readers) reader.send(text);
  };
  const snapshotOf = (fleet: FleetView) => ({ type: 'snapshot', seq, atMs: now(), fleet });

  async function look(): Promise<void> {
    if (isLooking) return;
    isLooking = true;
    try {
      const fleet = await collector.collect();
      if (timer === undefined) return;
      const changes = seen === null || isStale ? null : changesOf(seen, fleet);
      const isNew = seen === null || isStale;
      seen = fleet;
      isStale = false;
      if (isNew || changes !== null) seq += 1;
      if (isNew) tellAll(snapshotOf(fleet));
      else if (changes !== null) tellAll({ type: 'delta', seq, atMs: now(), ...changes });
    } catch (error) {
      if (!isStale && timer !== undefined) {
        onError(error);
        isStale = true;
        tellAll({ type: 'stale', sinceMs: now() });
      }
    } finally {
      isLooking = false;
    }
  }

  function begin(): void {
    timer = setInterval(() => void look(), everyMs);
    void look();
    hub
      .follow({ onLetter: () => collector.distrustLetters() })
      .then((leave) => {
        if (timer === undefined || endFollowing !== undefined) leave();
        else endFollowing = leave;
      })
      .catch(onError);
  }

  function end(): void {
    clearInterval(timer);
    timer = undefined;
    // What was seen grows old from now on.
    seen = null;
    endFollowing?.();
    endFollowing = undefined;
  }

  return {
    /** The reader gets a snapshot, now or with the first look; what comes back ends it. */
    join(reader: Reader): () => void {
      readers.add(reader);
      if (seen !== null) reader.send(encode(snapshotOf(seen)));
      if (isStale) reader.send(encode({ type: 'stale', sinceMs: now() }));
      if (timer === undefined) begin();
      return () => {
        if (readers.delete(reader) && readers.size === 0) end();
      };
    },
    stop: end,
  };
}
