import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '@sluice/testkit';
import { checkSettled, countRefused } from './full.ts';
import type { Fault } from './fault.ts';

const CUTS = 10;
const BETWEEN_CUTS_MS = 300;
const CLOCK_STEP_MS = 60_000;
/** A power cut takes what was written within the second of `appendfsync everysec`. */
const SYNC_MS = 1_000;

const killed: Fault = {
  name: 'redis-killed',
  what: 'kill -9 of Redis; it starts again with its append-only file',
  surroundings: 'server',
  isOutage: true,
  act: async ({ servers }) => {
    const { redis } = servers.server();
    await redis.crash();
    await redis.restart();
    return {};
  },
};

const away: Fault = {
  name: 'redis-away',
  what: 'no Redis for 60 s',
  surroundings: 'server',
  isOutage: true,
  act: async ({ servers }, scale) => {
    const { redis } = servers.server();
    await redis.crash();
    await pause(scale.lasting(60_000, 10_000));
    await redis.restart();
    return {};
  },
};

const paused: Fault = {
  name: 'redis-paused',
  what: 'Redis answers nobody (SIGSTOP) for 20 s',
  surroundings: 'server',
  isOutage: true,
  act: async ({ servers }, scale) => {
    const { redis } = servers.server();
    redis.pause();
    await pause(scale.lasting(20_000, 8_000));
    redis.resume();
    return {};
  },
};

const cut: Fault = {
  name: 'connections-cut',
  what: 'every connection to Redis is reset, ten times',
  surroundings: 'server',
  isOutage: true,
  act: async ({ servers }) => {
    const { proxy } = servers.server();
    for (let turn = 0; turn < CUTS; turn += 1) {
      proxy.cut();
      await pause(BETWEEN_CUTS_MS);
    }
    return {};
  },
};

const silent: Fault = {
  name: 'network-silent',
  what: 'the network to Redis swallows everything for 15 s',
  surroundings: 'server',
  isOutage: true,
  act: async ({ servers }, scale) => {
    const { proxy } = servers.server();
    proxy.freeze();
    await pause(scale.lasting(15_000, 5_000));
    proxy.open();
    return {};
  },
};

const full: Fault = {
  name: 'redis-full',
  what: 'the memory of Redis is full for 15 s',
  surroundings: 'server',
  isOutage: true,
  act: async (world, scale, load) => {
    const { redis } = world.servers.server();
    // So that there is something to settle when it is full.
    world.provider.behave('slow', { delayMs: 2_000 });
    await pause(2_500);
    const refused = countRefused(load);
    const sinceMs = Date.now();
    await redis.limitMemory(await redis.usedBytes());
    await eventually(() => countRefused(load) > refused, 20_000);
    await pause(scale.lasting(15_000, 4_000));
    const untilMs = Date.now();
    await redis.limitMemory(0);
    world.provider.behave('well');
    return checkSettled(world, load.accepted(), { sinceMs, untilMs });
  },
};

const clock: Fault = {
  name: 'clock-step',
  what: "Redis' clock jumps 60 s ahead, and back again",
  surroundings: 'clock',
  isOutage: true,
  act: async ({ servers }, scale) => {
    const { redis } = servers.server();
    await redis.setClock(CLOCK_STEP_MS);
    await pause(scale.lasting(10_000, 4_000));
    await redis.setClock(0);
    return {};
  },
};

const powerCut: Fault = {
  name: 'power-cut',
  what: 'Redis dies and with it the last second of its append-only file (everysec)',
  surroundings: 'server',
  act: async ({ servers }) => {
    const { redis } = servers.server();
    const synced = await redis.appendedBytes();
    await pause(SYNC_MS);
    await redis.cutPower(synced);
    await redis.restart();
    return { note: 'what was lost came back from manifests and record' };
  },
};

const clusterNode: Fault = {
  name: 'cluster-node',
  what: 'three masters; kill -9 of one, back after 10 s',
  surroundings: 'cluster',
  isOutage: true,
  act: async ({ servers }, scale) => {
    const [node] = servers.cluster().masters;
    await node?.crash();
    await pause(scale.lasting(10_000, 4_000));
    await node?.restart();
    return {};
  },
};

const clusterAway: Fault = {
  name: 'cluster-away',
  what: 'three masters; all of them away for 10 s',
  surroundings: 'cluster',
  isOutage: true,
  act: async ({ servers }, scale) => {
    const { masters } = servers.cluster();
    await Promise.all(masters.map((node) => node.crash()));
    await pause(scale.lasting(10_000, 4_000));
    await Promise.all(masters.map((node) => node.restart()));
    return {};
  },
};

const failover: Fault = {
  name: 'sentinel-failover',
  what: 'kill -9 of the master; Sentinel makes the replica the master',
  surroundings: 'sentinel',
  mayLose: true,
  act: async ({ servers }) => {
    const sentinel = servers.sentinel();
    const master = await sentinel.master();
    const beganMs = performance.now();
    await master.crash();
    await sentinel.failedOver(master);
    const seconds = Math.round((performance.now() - beganMs) / 100) / 10;
    await master.restart();
    return { note: `another master after ${seconds} s` };
  },
};

const failoverPaused: Fault = {
  name: 'sentinel-hang',
  what: 'the master hangs (SIGSTOP) until another one has taken over, and comes back',
  surroundings: 'sentinel',
  mayLose: true,
  act: async ({ servers }) => {
    const sentinel = servers.sentinel();
    const master = await sentinel.master();
    master.pause();
    await sentinel.failedOver(master);
    master.resume();
    return {};
  },
};

export const REDIS_FAULTS: readonly Fault[] = [
  killed,
  away,
  paused,
  cut,
  silent,
  full,
  powerCut,
  clock,
  clusterNode,
  clusterAway,
  failover,
  failoverPaused,
];
