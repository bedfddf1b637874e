import { setTimeout as pause } from 'node:timers/promises';
import { startRedis } from '@sluice/testkit';
import { startSluice } from '../engine/sluice.ts';
import { type Measures, median, round } from '../measure.ts';

const IN_FLIGHT = 1_000;
const CONCURRENCY = 50;
const WARM_JOBS = 200;
const POLICIES = ['everysec', 'always'] as const;

/** What `appendfsync always` costs: no-op jobs a second through the engine, beside `everysec`, in turn; the median of the rounds. */
export async function measureSync(
  { rounds, jobs }: { rounds: number; jobs: number },
  say: (line: string) => void,
): Promise<Measures> {
  const perSecond = { everysec: [] as number[], always: [] as number[] };
  for (let turn = 0; turn < rounds; turn += 1) {
    for (const sync of POLICIES) {
      const rate = await throughput(sync, jobs);
      perSecond[sync].push(rate);
      say(`appendfsync ${sync}: ${round(rate)} jobs/s`);
    }
  }
  return {
    everysec_jobs_per_s: round(median(perSecond.everysec)),
    always_jobs_per_s: round(median(perSecond.always)),
    always_share: round(
      median(perSecond.always.map((rate, turn) => rate / (perSecond.everysec[turn] ?? Number.NaN))),
      2,
    ),
  };
}

async function throughput(sync: 'everysec' | 'always', jobs: number): Promise<number> {
  const server = await startRedis({ appendOnly: true, sync });
  const engine = await startSluice(server.url, CONCURRENCY);
  try {
    await engine.submit(WARM_JOBS);
    await ended(WARM_JOBS);
    const beganMs = performance.now();
    for (let submitted = 0; submitted < jobs; ) {
      const room = Math.min(jobs - submitted, IN_FLIGHT - (submitted + WARM_JOBS - (await engine.ended())), 100);
      if (room > 0) {
        await engine.submit(room);
        submitted += room;
      } else {
        await pause(20);
      }
    }
    await ended(WARM_JOBS + jobs);
    return (jobs * 1_000) / (performance.now() - beganMs);
  } finally {
    await engine.stop();
    await server.stop();
  }

  async function ended(count: number): Promise<void> {
    while ((await engine.ended()) < count) await pause(20);
  }
}
