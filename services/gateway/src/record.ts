import type { Logger } from '@sluice/fleet/service';
import type { Records } from '@sluice/records';
import { importFileKey } from './keys/import.ts';
import type { TenantBook } from './tenants/book.ts';

const TRY_AGAIN_MS = 2_000;
/** A server that does not even refuse holds up the start no longer. */
const WAIT_MS = 5_000;

interface RecordStartConfig {
  records: Records;
  book: Pick<TenantBook, 'publish'>;
  fileKey: string;
  log: Logger;
  now?: () => number;
}

/**
 * What the record needs and gives at the start: its schema, the first key, and the tenants' policies, which all services are told. While it is away the gateway
 * runs, and this is tried again.
 */
export function createRecordStart({ records, book, fileKey, log, now = Date.now }: RecordStartConfig) {
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  async function attempt(): Promise<void> {
    try {
      const migrations = await records.migrate();
      const tenants = await book.publish();
      await importFileKey(records.keys, fileKey, now());
      log.info('record ready', { migrations, tenants });
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
    },
  };
}
