import { setTimeout as pause } from 'node:timers/promises';
import type { Death, Fault } from './fault.ts';
import type { World } from './world.ts';

const SERVICES = [
  'gateway',
  'orchestrator',
  'sandbox-worker',
  'analyzer-worker',
  'aggregator-worker',
  'retry-worker',
] as const;
/** A call that takes so long is under way when its worker is struck. */
const SLOW_CALL_MS = 1_500;

/** In the short form as well: others take its tasks over up to 15 s after its last word. */
const BLOCKED_MS = 25_000;
const KILLS = 3;
const BETWEEN_KILLS_MS = 1_500;

/** `kill -9` of one service, several times, while its calls are slow. */
const kills: Fault[] = SERVICES.map((service) => ({
  name: `kill-${service}`,
  what: `kill -9 of ${service}, three times`,
  on: ['server', 'cluster'],
  leavesTasks: service === 'analyzer-worker',
  act: async (world) => ({
    deaths: await whileCallsAreSlow(world, () => strikeAll(world, Array(KILLS).fill(service), BETWEEN_KILLS_MS)),
  }),
}));

const killEach: Fault = {
  name: 'kill-each',
  what: 'kill -9 of each service, one after the other',
  on: ['server', 'cluster'],
  act: async (world, scale) => ({
    deaths: await whileCallsAreSlow(world, () => strikeAll(world, SERVICES, scale.lasting(BETWEEN_KILLS_MS, 500))),
  }),
};

const terminate: Fault = {
  name: 'sigterm',
  what: 'SIGTERM to each service under load, one after the other',
  on: ['server', 'cluster'],
  keepsAttempts: true,
  act: async (world, scale) => {
    const pauseMs = scale.lasting(BETWEEN_KILLS_MS, 500);
    const deaths = await whileCallsAreSlow(world, () => strikeAll(world, SERVICES, pauseMs, 'SIGTERM'));
    await world.allReady(60_000);
    return { deaths };
  },
};

const blocked: Fault = {
  name: 'worker-blocked',
  what: 'an analyzer whose event loop stands still (SIGSTOP) for 25 s',
  on: ['server', 'cluster'],
  leavesTasks: true,
  act: async (world) => {
    const deaths = await whileCallsAreSlow(world, async () => {
      await pause(SLOW_CALL_MS);
      const worker = world.strike('analyzer-worker-1', 'SIGSTOP');
      return [{ worker, atMs: Date.now() }];
    });
    await pause(BLOCKED_MS);
    world.strike('analyzer-worker-1', 'SIGCONT');
    return { deaths };
  },
};

/** What the provider is asked now takes a while, so that whoever dies leaves something. */
async function whileCallsAreSlow<T>(world: World, work: () => Promise<T>): Promise<T> {
  world.provider.behave('slow', { delayMs: SLOW_CALL_MS });
  try {
    return await work();
  } finally {
    world.provider.behave('well');
  }
}

async function strikeAll(
  world: World,
  services: readonly string[],
  pauseMs: number,
  signal: NodeJS.Signals = 'SIGKILL',
): Promise<Death[]> {
  const deaths: Death[] = [];
  for (const service of services) {
    await pause(pauseMs);
    // One that is still being started again is no longer there to strike.
    const runs = world.fleet.processes().some(({ name }) => name === `${service}-1`);
    if (runs) deaths.push({ worker: world.strike(`${service}-1`, signal), atMs: Date.now() });
  }
  return deaths;
}

export const SERVICE_FAULTS: readonly Fault[] = [...kills, killEach, terminate, blocked];
