import type { Logger } from '@sluice/fleet/service';
import type { MessagesTable } from '@sluice/records';

const MARKED_AT_ONCE = 500;

interface ProcessedConfig {
  messages: Pick<MessagesTable, 'markProcessed'>;
  log: Logger;
  everyMs?: number;
  now?: () => number;
}

/** Records messages as processed when the record has the end of their jobs. Any number of gateways may do it; nothing depends on the memory of one. */
export function createProcessed({ messages, log, everyMs = 5_000, now = Date.now }: ProcessedConfig) {
  let timer: NodeJS.Timeout | undefined;
  let sweeping: Promise<void> = Promise.resolve();
  let isStopped = false;

  async function sweep(): Promise<void> {
    let marked: number;
    do marked = await messages.markProcessed({ nowMs: now(), limit: MARKED_AT_ONCE });
    while (marked === MARKED_AT_ONCE);
  }

  function schedule(): void {
    if (isStopped) return;
    timer = setTimeout(() => {
      sweeping = sweep()
        .catch((error: unknown) => void log.warn('messages not marked as processed', { error }))
        .then(schedule);
    }, everyMs);
  }

  return {
    start: schedule,
    async stop(): Promise<void> {
      isStopped = true;
      clearTimeout(timer);
      await sweeping;
    },
  };
}
