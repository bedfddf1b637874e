import type { JobEvent, JobId } from '@sluice/contracts';
import { eventually, type TestRedisSentinel } from '@sluice/testkit';
import { wholeLog } from './check.ts';
import type { Fault } from './fault.ts';
import { round } from '../measure.ts';
import { countUntrue, hearEvents } from './told.ts';
import type { World } from './world.ts';

type Server = Awaited<ReturnType<TestRedisSentinel['master']>>;

const failover = faultOf({
  name: 'sentinel-failover',
  what: 'kill -9 of the master; Sentinel makes the replica the master',
  strike: (master) => master.crash(),
  mend: (master) => master.restart(),
});

/** Until the Sentinels have told the old master that it is a replica now, there are two. */
const hang = faultOf({
  name: 'sentinel-hang',
  what: 'the master hangs (SIGSTOP) until another one has taken over, and comes back',
  strike: (master) => master.pause(),
  mend: (master) => master.resume(),
});

/**
 * Of what the replica had not received the master alone knew: the row says how many events readers were told that are not in any log afterwards. No mail
 * is lost and none done twice.
 */
function faultOf(what: {
  name: string;
  what: string;
  strike: (master: Server) => Promise<void> | void;
  mend: (master: Server) => Promise<void> | void;
}): Fault {
  let told: JobEvent[] = [];
  return {
    name: what.name,
    what: what.what,
    on: ['sentinel'],
    async act(world) {
      told = [];
      const ears = await hearEvents(world.redis, (event) => told.push(event));
      const sentinel = world.servers.sentinel();
      const master = await sentinel.master();
      const beganMs = performance.now();
      await what.strike(master);
      await sentinel.failedOver(master);
      const seconds = round((performance.now() - beganMs) / 1_000);
      await what.mend(master);
      await eventually(() => isReplica(master), 30_000);
      await ears.stop();
      return { note: `another master after ${seconds} s` };
    },
    async afterwards(world, jobIds) {
      const logs = await logsOf(world, jobIds);
      const heard = told.filter(({ jobId }) => logs.has(jobId));
      return { note: `${countUntrue(heard, logs)} of ${heard.length} events told were lost` };
    },
  };
}

async function isReplica(server: Server): Promise<boolean> {
  const [role] = (await server.command('role')) as [string];
  return role === 'slave';
}

async function logsOf(world: World, jobIds: readonly JobId[]): Promise<Map<JobId, JobEvent[]>> {
  const logs = new Map<JobId, JobEvent[]>();
  for (const jobId of jobIds) logs.set(jobId, await wholeLog(world, jobId));
  return logs;
}

export const SENTINEL_FAULTS: readonly Fault[] = [failover, hang];
