import type { Logger } from '@sluice/fleet/service';
import type { Records } from '@sluice/records';
import { importFileKey } from './keys/import.ts';
import type { PublishedRecords, TenantBook } from './tenants/book.ts';

const TRY_AGAIN_MS = 2_000;
/** A server that does not even refuse holds up the start no longer. */
const WAIT_MS = 5_000;
/** How often Redis is asked whether it still has the settings: two small questions. */
const LOOK_MS = 2_000;
/** How often Redis is compared with the record where nothing hints at a loss: a node of a Cluster that fails over is seen by nobody here. */
const COMPARE_MS = 60_000;

interface RecordStartConfig {
  records: Pick<Records, 'migrate' | 'keys'> & PublishedRecords;
  book: Pick<TenantBook, 'makeHome' | 'isPublished' | 'publish' | 'onReconnect'>;
  fileKey: string;
  log: Logger;
  now?: () => number;
  /** For tests only. */
  monotonicMs?: () => number;
}

/**
 * What the record needs and gives at the start: its schema, the first key, and the settings (tenants' policies, quotas, switches), which all services are told. While it
 * is away the gateway runs, and this is tried again.
 *
 * From then on the settings are kept in Redis: where it has lost them, all of them or its last second, they are published again from the record. Every gateway
 * does so; that they do it at once does no harm.
 */
export function createRecordStart(config: RecordStartConfig) {
  const { records, book, fileKey, log, now = Date.now } = config;
  const keeper = createKeeper(config);
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  async function attempt(): Promise<void> {
    try {
      const migrations = await records.migrate();
      await book.makeHome();
      await book.publish(records);
      await importFileKey(records.keys, fileKey, now());
      log.info('record ready', { migrations });
      if (!isStopped) keeper.start();
    } catch (error) {
      log.warn('the record is not ready', { error });
      if (!isStopped) timer = setTimeout(() => void attempt(), TRY_AGAIN_MS);
    }
  }

  return {
    /** Resolves after the first try, whatever came of it, and after 5 s where it has come to nothing yet. */
    async start(): Promise<void> {
      const waited = Promise.withResolvers<void>();
      const limit = setTimeout(waited.resolve, WAIT_MS);
      await Promise.race([attempt(), waited.promise]);
      clearTimeout(limit);
    },
    stop(): void {
      isStopped = true;
      clearTimeout(timer);
      keeper.stop();
    },
  };
}

/** Keeps the settings in Redis as the record has them, once they have been published. */
function createKeeper({ records, book, log, monotonicMs = () => performance.now() }: RecordStartConfig) {
  let comparedMs = 0;
  let isDue = false;
  let isRunning = false;
  let isFailing = false;
  let timer: NodeJS.Timeout | undefined;
  let forget: (() => void) | undefined;

  async function compare(): Promise<void> {
    // Before the work: a reconnect meanwhile asks for another comparison.
    isDue = false;
    const startedMs = monotonicMs();
    try {
      await book.publish(records);
      comparedMs = startedMs;
    } catch (error) {
      isDue = true;
      throw error;
    }
  }

  async function look(): Promise<void> {
    if (isRunning) return;
    isRunning = true;
    try {
      const isLost = !(await book.isPublished());
      if (isLost && !isFailing) log.warn('Redis has lost the settings: they are published again');
      if (isLost || isDue || monotonicMs() - comparedMs >= COMPARE_MS) await compare();
      isFailing = false;
    } catch (error) {
      // Tried again and again; told of once.
      if (!isFailing && forget !== undefined) log.warn('the settings are not published', { error });
      isFailing = true;
    } finally {
      isRunning = false;
    }
  }

  return {
    start(): void {
      comparedMs = monotonicMs();
      timer = setInterval(() => void look(), LOOK_MS);
      forget = book.onReconnect(() => {
        isDue = true;
        void look();
      });
    },
    stop(): void {
      clearInterval(timer);
      forget?.();
      forget = undefined;
    },
  };
}
