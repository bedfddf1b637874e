import { FeedbackHint, type TenantId } from '@sluice/contracts';
import type { Redis } from '../redis/index.ts';
import { HINTS_PREFIX } from './keys.ts';

export interface DigestedHint {
  tenant: TenantId;
  digests: readonly string[];
  hint: FeedbackHint;
}

export type Hints = ReturnType<typeof createHints>;

/** What an analyst said half a year ago helps nobody any more. */
const LIFE_SECONDS = 180 * 86_400;
const MARKER = `${HINTS_PREFIX}published`;

/** How analysts judged mails, by keyed digests of what they show; the newest word on a digest counts. Written by the gateway alone; what Redis has lost comes back from the record. */
export function createHints(redis: Redis) {
  const keyOf = (tenant: TenantId, digest: string) => `${HINTS_PREFIX}{${tenant}}:${digest}`;

  async function put({ tenant, digests, hint }: DigestedHint): Promise<void> {
    if (digests.length === 0) return;
    const commands = redis.multi();
    for (const digest of digests) commands.set(keyOf(tenant, digest), JSON.stringify(hint), 'EX', LIFE_SECONDS);
    await commands.exec();
  }

  return {
    put,
    /** By digest; what is not known is missing. */
    async find(tenant: TenantId, digests: readonly string[]): Promise<Map<string, FeedbackHint>> {
      if (digests.length === 0) return new Map();
      const texts = await redis.mget(digests.map((digest) => keyOf(tenant, digest)));
      return new Map(digests.flatMap((digest, at) => readHint(digest, texts[at] ?? null)));
    },
    isPublished: async (): Promise<boolean> => (await redis.exists(MARKER)) === 1,
    /** `oldestFirst`: a newer word replaces an older one. */
    async publish(oldestFirst: readonly DigestedHint[]): Promise<void> {
      for (const one of oldestFirst) await put(one);
      await redis.set(MARKER, '1', 'EX', LIFE_SECONDS);
    },
  };
}

function readHint(digest: string, text: string | null): [string, FeedbackHint][] {
  if (text === null) return [];
  try {
    return [[digest, FeedbackHint.parse(JSON.parse(text))]];
  } catch {
    // A word more or less: it expires.
    return [];
  }
}
