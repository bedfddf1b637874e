import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from './fault.ts';

export const postgresAway: Fault = {
  name: 'postgres-away',
  what: 'no PostgreSQL for 30 s: jobs go on, and are recorded afterwards',
  on: ['server', 'cluster'],
  isOutage: true,
  act: async ({ postgres }, scale) => {
    await postgres.crash();
    await pause(scale.lasting(30_000, 5_000));
    await postgres.restart();
    return {};
  },
};
