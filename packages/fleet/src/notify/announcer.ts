import { type DeadLetter, type JobEvent, type TenantId, VERDICTS, type Webhook } from '@sluice/contracts';
import type { JobStore } from '../jobs/index.ts';
import type { Settings } from '../settings/index.ts';
import { deliveryId, deliveryJob } from './delivery.ts';
import { type Happening, happeningsOf, happeningsOfLetter } from './happenings.ts';
import { announced } from './metrics.ts';

export interface AnnouncerConfig {
  jobs: Pick<JobStore, 'create'>;
  settings: Pick<Settings, 'tenant'>;
  /** What could not be announced. */
  onError: (error: unknown) => void;
}

export type Announcer = ReturnType<typeof createAnnouncer>;

/**
 * Makes a delivery for each webhook of a tenant that wants to be told. Announcing the same again makes no other one, as long as Redis holds the first (a day
 * after its end). Never throws and costs nothing where nobody listens: it stands in the way of those whose work it tells of.
 */
export function createAnnouncer({ jobs, settings, onError }: AnnouncerConfig) {
  async function announce(tenant: TenantId, happenings: readonly Happening[]): Promise<void> {
    if (happenings.length === 0) return;
    try {
      const { webhooks, isBlocked } = await settings.tenant(tenant);
      if (isBlocked) return;
      for (const happening of happenings) {
        const told = webhooks.filter((webhook) => isWanted(webhook, happening));
        await Promise.all(told.map((webhook) => deliver(tenant, webhook, happening)));
      }
    } catch (error) {
      announced.inc({ event: happenings[0]?.event ?? '', outcome: 'failed' });
      onError(error);
    }
  }

  async function deliver(tenant: TenantId, { id: webhook }: Webhook, happening: Happening): Promise<void> {
    const { event, subject, atMs, data } = happening;
    const jobId = deliveryId(tenant, webhook, happening);
    const isNew = await jobs.create(deliveryJob(tenant, jobId, { v: 1, webhook, event, subject, atMs, data }));
    announced.inc({ event, outcome: isNew ? 'new' : 'repeated' });
  }

  return {
    /** Something that happened to a job of this pipeline. Most events are nothing that anybody is told of. */
    event: (tenant: TenantId, pipeline: string, event: JobEvent) => announce(tenant, happeningsOf(pipeline, event)),
    /** A dead letter as it now stands. */
    letter: (letter: DeadLetter) => announce(letter.tenant, happeningsOfLetter(letter)),
  };
}

function isWanted({ isActive, events, minVerdict }: Webhook, { event, data }: Happening): boolean {
  if (!isActive || !events.includes(event)) return false;
  if (event !== 'verdict' || data.verdict === undefined) return true;
  return VERDICTS.indexOf(data.verdict) >= VERDICTS.indexOf(minVerdict);
}
