import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from './fault.ts';

const away: Fault = {
  name: 'postgres-away',
  what: 'no PostgreSQL for 30 s: jobs go on, and are recorded afterwards',
  surroundings: 'server',
  isOutage: true,
  act: async ({ postgres }, scale) => {
    await postgres.crash();
    await pause(scale.lasting(30_000, 5_000));
    await postgres.restart();
    return {};
  },
};

/** Everything that only Redis knew is gone; what was accepted is found again by its manifest or its record. */
const emptied: Fault = {
  name: 'redis-lost',
  what: 'Redis comes back empty, its append-only file gone',
  surroundings: 'server',
  act: async ({ servers }) => {
    const { redis } = servers.server();
    await redis.cutPower(0);
    await redis.restart();
    return {};
  },
};

export const RECORD_FAULTS: readonly Fault[] = [away, emptied];
