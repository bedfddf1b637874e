import { isTerminal, type JobId, PRIORITIES, type Priority, SluiceError, type TenantId } from '@sluice/contracts';
import { keysOf } from '@sluice/fleet/jobs';
import { loadScript, type Redis } from '@sluice/fleet/redis';
import type { Settings } from '@sluice/fleet/settings';
import { type Caller, FILE_KEY_ID } from '../keys/caller.ts';

const LUA = new URL('./lua/', import.meta.url);
const takeToken = loadScript(LUA, 'request', 1);
const takePlace = loadScript(LUA, 'job', 2);
const undo = loadScript(LUA, 'undo', 2);
const readRoom = loadScript(LUA, 'room', 2);

/** A tenant may save up so many seconds of requests. */
const BURST_SECONDS = 2;
const SMALLEST_BURST = 10;
/** Each submission looks at so many old places, so that those of ended jobs never pile up. */
const LOOK_AT = 3;
/** Before a submission is refused, so many are looked at. */
const LOOK_AT_BEFORE_REFUSAL = 500;
/** A place is taken before its job is made: a job that is not there by then will never be. */
const MAKING_MS = 60_000;
/** How long a job takes where there is no experience. */
const USUAL_MS = 10_000;

interface AdmissionConfig {
  redis: Redis;
  settings: Pick<Settings, 'tenant'>;
  now?: () => number;
}

export type Admission = ReturnType<typeof createAdmission>;

/**
 * What a tenant's plan allows, counted for all gateways together on Redis time.
 *
 * | key                 | type | what                                         | life                        |
 * | ------------------- | ---- | -------------------------------------------- | --------------------------- |
 * | rate:{tenant}       | hash | tokens of the bucket, and when               | until it is full, and 1 s   |
 * | in-flight:{tenant}  | zset | jobs at work by when their place was taken   | 48 h after the last one     |
 * | jobs-today:{tenant} | hash | day (UTC) and how many jobs were taken in    | until the day's end         |
 */
export function createAdmission({ redis, settings, now = Date.now }: AdmissionConfig) {
  const placesOf = (tenant: TenantId) => [`in-flight:{${tenant}}`, `jobs-today:{${tenant}}`];

  /** Takes one token. Throws `too-many-requests` (429). The file's key is the operator's way in and is not counted. */
  async function request({ tenant, keyId }: Caller): Promise<void> {
    if (keyId === FILE_KEY_ID) return;
    const { requestsPerSecond } = (await settings.tenant(tenant)).plan;
    const burst = Math.max(SMALLEST_BURST, requestsPerSecond * BURST_SECONDS);
    const waitMs = Number(await takeToken(redis, [`rate:{${tenant}}`], [requestsPerSecond, burst]));
    if (waitMs > 0)
      throw refusal('too-many-requests', `This tenant may ask ${requestsPerSecond} times a second.`, waitMs);
  }

  /** Gives back the places of jobs that have ended; says how many. */
  async function giveBack(tenant: TenantId, places: readonly string[]): Promise<number> {
    const [inFlight = ''] = placesOf(tenant);
    const pairs = Array.from({ length: places.length / 2 }, (_, at) => [
      places[2 * at] ?? '',
      Number(places[2 * at + 1]),
    ]);
    const ended: string[] = [];
    const open: string[] = [];
    await Promise.all(
      (pairs as [JobId, number][]).map(async ([jobId, sinceMs]) => {
        const state = await redis.hget(keysOf(jobId).job, 'state');
        if (state === null ? now() - sinceMs > MAKING_MS : isTerminal(state)) ended.push(jobId);
        else if (state !== null) open.push(jobId);
      }),
    );
    if (ended.length > 0) await redis.zrem(inFlight, ...ended);
    // To the end of the row, so that the next look is at others.
    if (open.length > 0) await redis.zadd(inFlight, 'XX', ...open.flatMap((jobId) => [now(), jobId]));
    return ended.length;
  }

  /** Takes a place for a job. Throws `too-many-jobs`, `too-many-jobs-today` (429). `readMeanMs`: how long jobs take; asked only where one is refused. */
  async function job(tenant: TenantId, jobId: JobId, readMeanMs: () => Promise<number | null>): Promise<void> {
    const { jobsInFlight, jobsPerDay } = (await settings.tenant(tenant)).plan;
    const take = async (lookAt: number) => {
      const answer = await takePlace(redis, placesOf(tenant), [jobId, jobsInFlight, jobsPerDay, lookAt]);
      const [verdict, leftMs, ...places] = answer as [string, number, ...string[]];
      return { verdict, leftMs, places };
    };
    let taken = await take(LOOK_AT);
    if (taken.verdict === 'jobs') {
      const { places } = await take(LOOK_AT_BEFORE_REFUSAL);
      if ((await giveBack(tenant, places)) > 0) taken = await take(LOOK_AT);
    } else if (taken.places.length > 0) {
      // Nobody waits for it, and the next submission looks again.
      giveBack(tenant, taken.places).catch(() => undefined);
    }
    if (taken.verdict === 'day') {
      throw refusal('too-many-jobs-today', `This tenant may submit ${jobsPerDay} jobs a day (UTC).`, taken.leftMs);
    }
    if (taken.verdict === 'jobs') {
      const message = `This tenant may have ${jobsInFlight} jobs at work at a time.`;
      throw refusal('too-many-jobs', message, ((await readMeanMs()) ?? USUAL_MS) / jobsInFlight);
    }
  }

  /** Whether the plan would let another job in now; nothing is taken. */
  async function room(tenant: TenantId): Promise<'free' | 'jobs' | 'day'> {
    const { jobsInFlight, jobsPerDay } = (await settings.tenant(tenant)).plan;
    const read = async () => {
      const limits = [jobsInFlight, jobsPerDay, LOOK_AT_BEFORE_REFUSAL];
      const [verdict, ...places] = (await readRoom(redis, placesOf(tenant), limits)) as [
        'free' | 'jobs' | 'day',
        ...string[],
      ];
      return { verdict, places };
    };
    const { verdict, places } = await read();
    return verdict === 'jobs' && (await giveBack(tenant, places)) > 0 ? (await read()).verdict : verdict;
  }

  function refusal(code: string, message: string, waitMs: number): SluiceError {
    return new SluiceError(code, message, { httpStatus: 429, disposition: 'retry-at', retryAtMs: now() + waitMs });
  }

  return {
    request,
    job,
    room,
    /** For a job that could not be made after all. */
    async undo(tenant: TenantId, jobId: JobId): Promise<void> {
      await undo(redis, placesOf(tenant), [jobId]);
    },
    /** The priority, or the tenant's ceiling where that is lower. */
    async priority(tenant: TenantId, wanted: Priority): Promise<Priority> {
      const { priorityCeiling } = (await settings.tenant(tenant)).plan;
      return PRIORITIES[Math.max(PRIORITIES.indexOf(wanted), PRIORITIES.indexOf(priorityCeiling))] ?? wanted;
    },
  };
}
