import type { Journal } from '@sluice/fleet/jobs';
import type { Records } from '@sluice/records';
import { journalEntries, journalLag, recordUp } from './metrics.ts';

/** Sets the gauges: how far the record is behind, and whether it answers. */
export function createMeasure({
  journal,
  records,
}: {
  journal: Pick<Journal, 'lag'>;
  records: Pick<Records, 'ping'>;
}): () => Promise<void> {
  return async () => {
    const [{ entries, oldestMs }, isUp] = await Promise.all([
      journal.lag(),
      records.ping().then(
        () => true,
        () => false,
      ),
    ]);
    journalEntries.set(entries);
    journalLag.set((oldestMs ?? 0) / 1_000);
    recordUp.set(isUp ? 1 : 0);
  };
}
