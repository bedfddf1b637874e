import { JudgementSay, SluiceError, TenantId } from '@sluice/contracts';
import type { Redis } from '../redis/index.ts';
import { createCopies } from './copies.ts';
import { EPOCH_FIELD, SAYS_KEY, SETTINGS_CHANNEL } from './keys.ts';
import { publishHash } from './publish.ts';
import type { Settings, SettingsChange } from './settings.ts';

interface SaysConfig {
  /** The queue's server. It stays the caller's to close. */
  redis: Redis;
  /** It hears of changes. */
  settings: Pick<Settings, 'onChange'>;
  onError: (error: unknown) => void;
}

export type Says = ReturnType<typeof createSays>;

const NOTHING = JudgementSay.parse({});
const PATIENCE_MS = 500;

/**
 * What operators say of their tenants' mails. Copies as `createSettings` has them: a change holds within a second. Of a tenant that has set nothing it is empty; where Redis has lost
 * it, the copy stands, and a process without one says nothing until a gateway has published it again. What cannot be read is reported, and is empty.
 */
export function createSays({ redis, settings, onError }: SaysConfig) {
  const copies = createCopies<JudgementSay>({
    read: async (tenant, held) => {
      const [text = null, epoch = null] = await redis.hmget(SAYS_KEY, tenant, EPOCH_FIELD);
      if (text !== null) return { value: readSay(tenant, text, onError), isCopy: true };
      return { value: epoch === null ? (held ?? NOTHING) : NOTHING, isCopy: epoch !== null };
    },
    // The settings' own connection hears, and says `any` whenever it may have missed something.
    isHearing: () => true,
    patienceMs: PATIENCE_MS,
    monotonicMs: () => performance.now(),
    onError,
  });
  const forget = settings.onChange((change) => {
    if (change.kind === 'tenant') copies.distrust(change.tenant);
    if (change.kind === 'any') copies.distrust();
  });
  const tell = (change: SettingsChange) => redis.publish(SETTINGS_CHANNEL, JSON.stringify(change));

  return {
    of: async (tenant: string): Promise<JudgementSay> => copies.get(tenant),

    /** For the one who writes: the gateway. Null: nothing is said any more. */
    async put(tenant: TenantId, say: JudgementSay | null): Promise<void> {
      const id = TenantId.parse(tenant);
      if (say === null) await redis.hdel(SAYS_KEY, id);
      else await redis.hset(SAYS_KEY, id, JSON.stringify(JudgementSay.parse(say)));
      copies.distrust(id);
      await tell({ kind: 'tenant', tenant: id });
    },
    /** False where Redis has lost them, or nobody has published them yet. */
    isPublished: async (): Promise<boolean> => (await redis.hexists(SAYS_KEY, EPOCH_FIELD)) === 1,
    /** Makes Redis hold what the record holds, and nothing else; idempotent, in any number of gateways at once. */
    async publish(readRecord: () => Promise<ReadonlyMap<string, JudgementSay>>): Promise<void> {
      const texts = async () =>
        new Map([...(await readRecord())].map(([tenant, say]) => [tenant, JSON.stringify(JudgementSay.parse(say))]));
      if (await publishHash(redis, SAYS_KEY, texts)) await tell({ kind: 'any' });
    },
    stop: forget,
  };
}

function readSay(tenant: string, text: string, onError: (error: unknown) => void): JudgementSay {
  try {
    return JudgementSay.parse(JSON.parse(text));
  } catch {
    // The parser's message quotes the text.
    onError(new SluiceError('settings-damaged', `What the operator of ${tenant} says of its mails cannot be read.`));
    return NOTHING;
  }
}
