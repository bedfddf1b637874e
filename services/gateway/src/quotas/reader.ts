import type { QuotaList } from '@sluice/contracts';
import {
  type AnnouncedQuota,
  announcedQuotas,
  createLine,
  createQuotas,
  type Line,
  type Quotas,
} from '@sluice/fleet/rate-limit';
import type { Redis } from '@sluice/fleet/redis';
import { viewOf } from './view.ts';

interface Readers {
  /** What they were made of, as JSON. */
  of: string;
  quotas: Quotas;
  line: Line;
}

interface QuotaReaderConfig {
  /** The queue's server. */
  redis: Redis;
  /** Epoch ms. */
  now?: () => number;
}

export type QuotaReader = (tenant: string) => Promise<QuotaList>;

/** The state of the fleet's quotas, and of those of the tenant's own keys, as it may see them. It only reads: no slot is booked and nothing is granted. */
export function createQuotaReader({ redis, now = Date.now }: QuotaReaderConfig): QuotaReader {
  let held: Readers | undefined;

  /** Making them reads dozens of scripts from the disk, so they stay as long as the quotas are the same. */
  function readersOf(announced: AnnouncedQuota[]): Readers {
    const settings = announced.map(({ quota }) => quota);
    const of = JSON.stringify(settings);
    if (held?.of === of) return held;
    const quotas = createQuotas({ redis, quotas: settings, now });
    // It is never started: whoever asks the providers grants.
    const line = createLine({
      redis,
      quotas,
      process: 'reader',
      onGranted: async () => undefined,
      onError: () => undefined,
    });
    held = { of, quotas, line };
    return held;
  }

  return async (tenant) => {
    const all = await announcedQuotas(redis, now());
    const announced = all.filter(({ tenant: owner }) => owner === undefined || owner === tenant);
    const { quotas, line } = readersOf(all);
    const views = announced.map(async (one) => {
      const { name } = one.quota;
      const [state, waiting] = await Promise.all([quotas.state(name), line.waiting(name)]);
      return viewOf({ announced: one, state, waiting, tenant, nowMs: now() });
    });
    return { v: 1, quotas: await Promise.all(views) };
  };
}
