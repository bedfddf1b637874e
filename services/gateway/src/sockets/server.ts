import { createJournal, type JobStore } from '@sluice/fleet/jobs';
import type { Producer } from '@sluice/fleet/queue';
import type { Records } from '@sluice/records';
import { createQuotaReader } from '../quotas/reader.ts';
import { createSocketDoor, type SocketDoorConfig } from './door.ts';
import { createCollect } from './fleet/collect.ts';
import { createFleetWatch } from './fleet/watch.ts';
import { createFeeds } from './jobs/feeds.ts';
import type { SocketLimits } from './places.ts';

const LIMITS: SocketLimits = { most: 5_000, mostPerKey: 1_000 };

export interface SocketServerConfig extends Omit<SocketDoorConfig, 'feeds' | 'fleet' | 'limits'> {
  jobs: JobStore;
  records: Pick<Records, 'jobs' | 'deadLetters'>;
  producer: Pick<Producer, 'counts'>;
  /** 5,000 sockets, 1,000 of a key, where nothing is said. */
  socketLimits?: SocketLimits;
}

/** All that is live: the streams of jobs, of tenants and of the fleet, and the door for their readers. */
export function createSocketServer(config: SocketServerConfig) {
  const { hub, redis, log, socketLimits: limits = LIMITS } = config;
  const onError = (error: unknown) => void log.warn('stream trouble', { error });
  const feeds = createFeeds({ ...config, onError });
  const readQuotas = createQuotaReader({ redis });
  const collector = createCollect({ ...config, journal: createJournal(redis), readQuotas, onError });
  const fleet = createFleetWatch({ hub, collector, onError });
  return createSocketDoor({ ...config, feeds, fleet, limits });
}
