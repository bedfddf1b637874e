import { JOURNAL_CHANNEL } from '@sluice/fleet/jobs';
import { closeRedis, type Redis } from '@sluice/fleet/redis';

interface CallsConfig {
  redis: Redis;
  onCall: () => void;
  onError: (error: unknown) => void;
}

/** Listens for retry-worker, which calls when it finds that the journal is not drained. A call that is lost comes again. */
export function createCalls({ redis, onCall, onError }: CallsConfig) {
  const subscriber = redis.duplicate();
  subscriber.on('error', onError);
  subscriber.on('message', onCall);
  return {
    start(): void {
      subscriber.subscribe(JOURNAL_CHANNEL).catch(onError);
    },
    stop: () => closeRedis(subscriber),
  };
}
