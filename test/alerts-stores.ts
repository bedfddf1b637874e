import { setTimeout as pause } from 'node:timers/promises';
import type { Provocation } from './alerts-watch.ts';

/** Of the cache, the record, and the queue's Redis. */
export const storeProvocations: readonly Provocation[] = [
  {
    what: 'a cache that is full',
    crosses: ['CacheMemoryHigh'],
    begin: async ({ cache }) => cache.limitMemory(Math.ceil((await cache.usedBytes()) * 1.05)),
  },
  {
    what: 'a cache that has no room for more',
    crosses: ['CacheEvictionsHigh'],
    async begin({ cache, send }) {
      await cache.limitMemory(await cache.usedBytes());
      await send(40);
    },
    end: ({ cache }) => cache.limitMemory(0),
  },
  {
    what: 'a cache that is away',
    crosses: ['CacheAway'],
    begin: async ({ cache }) => cache.pause(),
    end: async ({ cache }) => cache.resume(),
  },
  {
    what: 'a record that is away',
    crosses: ['RecordAway', 'DeadLettersUnsaved', 'JournalLag'],
    async begin({ postgres, send }) {
      await postgres.crash();
      await send(40);
    },
    end: ({ postgres }) => postgres.restart(),
  },
  {
    what: 'a Redis that is full',
    crosses: ['RedisMemoryHigh', 'SubmissionsRefused'],
    // Over and over, because it lets go of jobs as soon as they are recorded.
    async again({ queue, send }) {
      await queue.limitMemory(Math.ceil((await queue.usedBytes()) * 1.1));
      await send(1);
      await pause(500);
    },
    end: ({ queue }) => queue.limitMemory(0),
  },
  {
    what: 'a Redis that is away',
    crosses: ['RedisConnectionLost'],
    begin: async ({ queue }) => queue.pause(),
    end: async ({ queue }) => queue.resume(),
  },
];
