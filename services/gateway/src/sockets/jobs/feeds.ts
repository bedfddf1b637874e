import type { JobEvent, JobId, TenantId } from '@sluice/contracts';
import { type JobStore, keysOf } from '@sluice/fleet/jobs';
import type { Redis } from '@sluice/fleet/redis';
import type { Records } from '@sluice/records';
import type { Hub } from '../hub.ts';
import { createCensus, HIDDEN_PIPELINE } from './census.ts';
import { createFeed, type Feed, type Reader } from './feed.ts';
import { createOwners, type Owner } from './owners.ts';

/** A feed that nobody reads goes on for so long, for readers who come again. */
const LINGER_MS = 60_000;
const TRY_AGAIN_MS = 1_000;

interface FeedsConfig {
  hub: Pick<Hub, 'follow' | 'isHearing'>;
  redis: Redis;
  jobs: Pick<JobStore, 'open' | 'snapshot'>;
  records: Pick<Records, 'jobs'>;
  onError: (error: unknown) => void;
  lingerMs?: number;
}

export type Feeds = ReturnType<typeof createFeeds>;

/** A feed for each tenant that somebody reads. While there is one, every event is looked at once: whose job is it? */
export function createFeeds({ hub, redis, jobs, records, onError, lingerMs = LINGER_MS }: FeedsConfig) {
  const feeds = new Map<TenantId, Feed>();
  const lingering = new Map<TenantId, NodeJS.Timeout>();
  const owners = createOwners(redis);
  const takeCensus = createCensus({ redis, jobs, records, owners, onError });
  let following: Promise<() => void> | undefined;
  let isStopped = false;

  const all = (tell: (feed: Feed) => void) => {
    for (const feed of feeds.values()) tell(feed);
  };

  function hear(jobId: JobId, text: string): void {
    const owner = owners.of(jobId);
    if (!(owner instanceof Promise)) return pass(owner, text);
    owner
      .then((found) => pass(found, text))
      .catch((error: unknown) => {
        onError(error);
        all((feed) => feed.onGap());
      });
  }

  function pass(owner: Owner | null, text: string): void {
    if (owner === null || owner.pipeline === HIDDEN_PIPELINE) return;
    feeds.get(owner.tenant)?.onEvent(owner, JSON.parse(text) as JobEvent);
  }

  function follow(): Promise<() => void> {
    following ??= hub.follow({
      onEvent: (jobId, _seq, text) => hear(jobId, text),
      onLost: () => all((feed) => feed.onLost()),
      onGap: () => all((feed) => feed.onGap()),
      onLook: () => all((feed) => void feed.look((jobId) => seqOf(redis, jobId)).catch(onError)),
    });
    return following;
  }

  /** A feed begins when everything that happens from then on is heard. */
  async function begin(feed: Feed): Promise<void> {
    try {
      await follow();
      feed.begin();
    } catch (error) {
      following = undefined;
      if (isStopped) return;
      onError(error);
      setTimeout(() => void begin(feed), TRY_AGAIN_MS).unref();
    }
  }

  function feedOf(tenant: TenantId): Feed {
    const known = feeds.get(tenant);
    if (known !== undefined) return known;
    const feed = createFeed({
      census: () => takeCensus(tenant),
      snapshot: (jobId) => jobs.snapshot(jobId),
      isHearing: hub.isHearing,
      onError,
    });
    feeds.set(tenant, feed);
    void begin(feed);
    return feed;
  }

  function drop(tenant: TenantId): void {
    lingering.delete(tenant);
    feeds.get(tenant)?.close();
    feeds.delete(tenant);
    if (feeds.size > 0) return;
    following?.then((end) => end()).catch(() => undefined);
    following = undefined;
  }

  return {
    /** The reader gets its beginning, now or when it is there, and all that follows; what comes back ends it. */
    join(tenant: TenantId, reader: Reader, after: string | undefined): () => void {
      clearTimeout(lingering.get(tenant));
      lingering.delete(tenant);
      const feed = feedOf(tenant);
      feed.join(reader, after);
      return () => {
        feed.leave(reader);
        if (isStopped || !feed.isIdle() || feeds.get(tenant) !== feed) return;
        clearTimeout(lingering.get(tenant));
        lingering.set(
          tenant,
          setTimeout(() => drop(tenant), lingerMs),
        );
      };
    },

    stop(): void {
      isStopped = true;
      for (const timer of lingering.values()) clearTimeout(timer);
      for (const tenant of feeds.keys()) drop(tenant);
    },
  };
}

async function seqOf(redis: Redis, jobId: JobId): Promise<number | null> {
  const seq = await redis.hget(keysOf(jobId).job, 'seq');
  return seq === null ? null : Number(seq);
}
