import type { Hints, Says } from '@sluice/fleet/settings';
import type { RecordedFeedback, Records } from '@sluice/records';
import { toHint } from '../feedback/routes.ts';
import type { TenantBook } from '../tenants/book.ts';

interface SayKeeperConfig {
  book: TenantBook;
  says: Pick<Says, 'isPublished' | 'publish'>;
  hints: Pick<Hints, 'isPublished' | 'publish'>;
  records: Pick<Records, 'says' | 'feedback'>;
}

/** The newest words of analysts that come back to a Redis that has lost them. */
const MOST_HINTS = 2_000;
const PAGE_ROWS = 500;

/** The tenants' settings, and with them what their operators and analysts say: published, lost and published again together. */
export function withSays({ book, says, hints, records }: SayKeeperConfig): TenantBook {
  return {
    ...book,
    isPublished: async () => (await book.isPublished()) && (await says.isPublished()) && hints.isPublished(),
    async publish(published) {
      await book.publish(published);
      await says.publish(async () => new Map((await records.says.list()).map(({ tenant, say }) => [tenant, say])));
      if (!(await hints.isPublished())) await hints.publish((await newestFeedback(records)).toReversed().map(toHint));
    },
  };
}

async function newestFeedback({ feedback }: Pick<Records, 'feedback'>): Promise<RecordedFeedback[]> {
  const found: RecordedFeedback[] = [];
  let cursor: string | undefined;
  do {
    const page = await feedback.list({ tenant: null }, { limit: PAGE_ROWS, cursor });
    found.push(...page.feedback);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined && found.length < MOST_HINTS);
  return found;
}
