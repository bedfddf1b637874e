import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '@sluice/testkit';
import { checkSettled, countRefused } from './full.ts';
import type { Fault } from './fault.ts';
import type { Load } from './load.ts';
import type { Master } from './servers.ts';
import type { World } from './world.ts';

const CUTS = 10;
const BETWEEN_CUTS_MS = 300;
const CLOCK_STEP_MS = 60_000;
/** A power cut takes what was written within the second of `appendfsync everysec`. */
const SYNC_MS = 1_000;
const EVERYWHERE = ['server', 'cluster'] as const;

/** The server, or one of a Cluster's masters. */
function oneOf({ servers }: World): Master {
  const [master] = servers.masters;
  if (master === undefined) throw new Error('this fault needs a master of its own');
  return master;
}

const killed: Fault = {
  name: 'redis-killed',
  what: 'kill -9 of Redis (one master); it starts again with its append-only file',
  on: EVERYWHERE,
  isOutage: true,
  act: async (world) => {
    const { redis } = oneOf(world);
    await redis.crash();
    await redis.restart();
    return {};
  },
};

const away: Fault = {
  name: 'redis-away',
  what: 'no Redis (one master) for 60 s',
  on: EVERYWHERE,
  isOutage: true,
  act: async (world, scale) => {
    const { redis } = oneOf(world);
    await redis.crash();
    await pause(scale.lasting(60_000, 10_000));
    await redis.restart();
    return {};
  },
};

const allAway: Fault = {
  name: 'redis-all-away',
  what: 'all three masters away for 10 s',
  on: ['cluster'],
  isOutage: true,
  act: async ({ servers }, scale) => {
    await Promise.all(servers.masters.map(({ redis }) => redis.crash()));
    await pause(scale.lasting(10_000, 4_000));
    await Promise.all(servers.masters.map(({ redis }) => redis.restart()));
    return {};
  },
};

const paused: Fault = {
  name: 'redis-paused',
  what: 'Redis (one master) answers nobody (SIGSTOP) for 20 s',
  on: EVERYWHERE,
  isOutage: true,
  act: async (world, scale) => {
    const { redis } = oneOf(world);
    redis.pause();
    await pause(scale.lasting(20_000, 8_000));
    redis.resume();
    return {};
  },
};

const cut: Fault = {
  name: 'connections-cut',
  what: 'every connection to Redis is reset, ten times',
  on: EVERYWHERE,
  isOutage: true,
  act: async ({ servers }) => {
    for (let turn = 0; turn < CUTS; turn += 1) {
      for (const { proxy } of servers.masters) proxy.cut();
      await pause(BETWEEN_CUTS_MS);
    }
    return {};
  },
};

const silent: Fault = {
  name: 'network-silent',
  what: 'the network to Redis swallows everything for 15 s',
  on: EVERYWHERE,
  isOutage: true,
  act: async ({ servers }, scale) => {
    for (const { proxy } of servers.masters) proxy.freeze();
    await pause(scale.lasting(15_000, 5_000));
    for (const { proxy } of servers.masters) proxy.open();
    return {};
  },
};

const full: Fault = {
  name: 'redis-full',
  what: 'the memory of Redis is full for 15 s',
  on: EVERYWHERE,
  isOutage: true,
  act: async (world, scale, load) => {
    const { masters } = world.servers;
    // So that there is something to settle when it is full.
    world.provider.behave('slow', { delayMs: 2_000 });
    await eventually(() => isWorking(world, load), 60_000);
    const refused = countRefused(load);
    const sinceMs = Date.now();
    await Promise.all(masters.map(async ({ redis }) => redis.limitMemory(await redis.usedBytes())));
    try {
      await eventually(() => countRefused(load) > refused, 20_000);
      await pause(scale.lasting(15_000, 4_000));
    } finally {
      await Promise.all(masters.map(({ redis }) => redis.limitMemory(0)));
      world.provider.behave('well');
    }
    return checkSettled(world, load.accepted(), { sinceMs, untilMs: Date.now() });
  },
};

/** The provider is being asked for one of the jobs. */
async function isWorking({ jobs }: World, load: Load): Promise<boolean> {
  const accepted = await Promise.all(load.accepted().map((jobId) => jobs.snapshot(jobId)));
  return accepted.some((job) =>
    [...(job?.tasks.values() ?? [])].some(
      ({ record, running }) => record.name === 'provider.lookup' && running !== null,
    ),
  );
}

const clock: Fault = {
  name: 'clock-step',
  what: 'the clock of Redis (one master) jumps 60 s ahead, and back again',
  on: ['server+clock', 'cluster+clock'],
  isOutage: true,
  act: async (world, scale) => {
    const { redis } = oneOf(world);
    await redis.setClock(CLOCK_STEP_MS);
    await pause(scale.lasting(10_000, 4_000));
    await redis.setClock(0);
    return {};
  },
};

const powerCut: Fault = {
  name: 'power-cut',
  what: 'Redis (one master) dies and with it the last second of its append-only file (everysec)',
  on: EVERYWHERE,
  act: async (world) => {
    const { redis } = oneOf(world);
    const synced = await redis.appendedBytes();
    await pause(SYNC_MS);
    await redis.cutPower(synced);
    await redis.restart();
    return {};
  },
};

/** Everything that only this server knew is gone; what was accepted is found again by its manifest or its record. */
const emptied: Fault = {
  name: 'redis-lost',
  what: 'Redis (one master) comes back empty, its append-only file gone',
  on: EVERYWHERE,
  act: async (world) => {
    const { redis } = oneOf(world);
    await redis.cutPower(0);
    await redis.restart();
    return {};
  },
};

export const REDIS_FAULTS: readonly Fault[] = [
  killed,
  away,
  allAway,
  paused,
  cut,
  silent,
  full,
  powerCut,
  emptied,
  clock,
];
