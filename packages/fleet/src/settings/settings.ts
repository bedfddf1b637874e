import { SluiceError, SwitchedOff, SwitchName, TenantPolicy } from '@sluice/contracts';
import { z } from 'zod';
import { parseWindows } from '../rate-limit/index.ts';
import type { Redis } from '../redis/index.ts';
import { createCopies } from './copies.ts';
import { QUOTAS_KEY, SETTINGS_CHANNEL, SWITCHES_KEY, TENANTS_KEY } from './keys.ts';
import { isPublished, publishHash } from './publish.ts';
import {
  createPolicyReader,
  createQuotaReader,
  createSwitchReader,
  type QuotaTexts,
  reportOnce,
  type SwitchedOffs,
} from './readers.ts';
import type { HeldPolicy } from './release.ts';

export interface SettingsConfig {
  /** The queue's server. It stays the caller's to close. */
  redis: Redis;
  /** Entries that cannot be read, and trouble with the server. */
  onError: (error: unknown) => void;
  /** How long Redis is waited for where a copy can stand in; 500 ms where nothing is said. */
  patienceMs?: number;
  /** For tests only: the clock that copies grow old by. */
  monotonicMs?: () => number;
}

const Change = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('tenant'), tenant: z.string() }),
  z.object({ kind: z.literal('quotas') }),
  z.object({ kind: z.literal('switches') }),
  /** Notices may have been missed. */
  z.object({ kind: z.literal('any') }),
]);
export type SettingsChange = z.infer<typeof Change>;

export type Settings = ReturnType<typeof createSettings>;

const QuotaKey = z.string().regex(/^[a-z0-9][a-z0-9.-]{0,62}(?:@[\w.-]{1,64})?$/, 'is no action');

/**
 * What is set while the fleet runs. Each process holds copies: a change reaches them within a second by a notice, and by reading anew within 30 s where
 * the notice was lost. While Redis is away the last copy stands; what was never read waits for it.
 *
 * A Redis that has lost the settings says of no tenant that nobody has set it up: until the gateway has published them again (the marker, see `keys.ts`) a copy stands,
 * and a tenant without one has a policy that lets nothing leave. That holds as well where nobody has published yet: a process that has just started cannot
 * tell the one from the other, and what left against a policy does not come back.
 *
 * What cannot be read is reported and left out: a damaged policy is the default one that lets nothing leave, a damaged quota is none, and a damaged switch is off.
 */
export function createSettings(config: SettingsConfig) {
  const { redis, onError, patienceMs = 500, monotonicMs = () => performance.now() } = config;
  const listeners = new Set<(change: SettingsChange) => void>();
  let isHearing = false;
  const report = reportOnce(onError);
  const common = { isHearing: () => isHearing, patienceMs, monotonicMs, onError };
  const tenants = createCopies<HeldPolicy>({ ...common, read: createPolicyReader(redis, report) });
  const quotas = createCopies<QuotaTexts>({ ...common, read: createQuotaReader(redis, report) });
  const switches = createCopies<SwitchedOffs>({ ...common, read: createSwitchReader(redis, report) });
  const subscriber = redis.duplicate();

  function hear(change: SettingsChange): void {
    const { kind } = change;
    if (kind === 'tenant' || kind === 'any') tenants.distrust(kind === 'tenant' ? change.tenant : undefined);
    if (kind === 'quotas' || kind === 'any') quotas.distrust();
    if (kind === 'switches' || kind === 'any') switches.distrust();
    for (const listener of listeners) listener(change);
  }

  async function write(change: SettingsChange, key: string, field: string, value: string | null): Promise<void> {
    const commands = redis.multi();
    if (value === null) commands.hdel(key, field);
    else commands.hset(key, field, value);
    await commands.publish(SETTINGS_CHANNEL, JSON.stringify(change)).exec();
    hear(change);
  }

  async function publish(key: string, readRecord: () => Promise<ReadonlyMap<string, string>>): Promise<void> {
    if (!(await publishHash(redis, key, readRecord))) return;
    await redis.publish(SETTINGS_CHANNEL, JSON.stringify({ kind: 'any' } satisfies SettingsChange));
    hear({ kind: 'any' });
  }

  subscriber.on('error', onError);
  subscriber.on('close', () => (isHearing = false));
  subscriber.on('message', (_channel: string, text: string) => {
    try {
      hear(Change.parse(JSON.parse(text)));
    } catch (error) {
      onError(error);
    }
  });
  subscriber.on('ready', () => {
    // What was said while the connection was away was not heard; ioredis subscribes again by itself, this one is answered after that.
    const hearing = async () => {
      await subscriber.subscribe(SETTINGS_CHANNEL);
      isHearing = true;
      hear({ kind: 'any' });
    };
    hearing().catch(onError);
  });

  return {
    /** The policy that holds now; of a tenant that nobody has set up, the default one; of one whose policy was lost, one that lets nothing leave. */
    tenant: async (id: string): Promise<HeldPolicy> => tenants.get(id),
    /** Quotas that stand in for those of the environment: texts of `parseWindows` by action, or by `<action>@<tenant>` for a tenant's own key. */
    quotas: async (): Promise<QuotaTexts> => quotas.get(''),
    /** Pipelines and providers that an operator has switched off. */
    switchedOff: async (): Promise<SwitchedOffs> => switches.get(''),
    /** Called after a change was heard of; what is asked from then on is the new. Gives what ends it. */
    onChange(listener: (change: SettingsChange) => void): () => void {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },

    /** For the one who writes: the gateway. */
    async putTenant(policy: TenantPolicy): Promise<void> {
      const checked = TenantPolicy.parse(policy);
      await write({ kind: 'tenant', tenant: checked.tenant }, TENANTS_KEY, checked.tenant, JSON.stringify(checked));
    },
    removeTenant: async (id: string): Promise<void> => write({ kind: 'tenant', tenant: id }, TENANTS_KEY, id, null),
    /** Null: that of the environment again. Throws `bad-quotas`. */
    async putQuota(action: string, text: string | null): Promise<void> {
      if (!QuotaKey.safeParse(action).success) throw new SluiceError('bad-quotas', 'This is not the name of a quota.');
      if (text !== null) parseWindows(text);
      await write({ kind: 'quotas' }, QUOTAS_KEY, action, text);
    },

    /** Null: it is on again. */
    putSwitch: async (name: SwitchName, off: SwitchedOff | null): Promise<void> =>
      write({ kind: 'switches' }, SWITCHES_KEY, name, off === null ? null : JSON.stringify(SwitchedOff.parse(off))),

    /** False where Redis has lost the settings, or nobody has published them yet. */
    isPublished: async (): Promise<boolean> => isPublished(redis),
    /** Makes Redis hold what the record holds, and nothing else; idempotent, in any number of gateways at once. `readRecord` throws where the record is away. */
    publishTenants: async (readRecord: () => Promise<readonly TenantPolicy[]>): Promise<void> =>
      publish(TENANTS_KEY, async () => {
        const policies = (await readRecord()).map((policy) => TenantPolicy.parse(policy));
        return new Map(policies.map((policy) => [policy.tenant, JSON.stringify(policy)]));
      }),
    publishQuotas: async (readRecord: () => Promise<ReadonlyMap<string, string>>): Promise<void> =>
      publish(QUOTAS_KEY, readRecord),
    publishSwitches: async (readRecord: () => Promise<SwitchedOffs>): Promise<void> =>
      publish(SWITCHES_KEY, async () => {
        const off = [...(await readRecord())];
        return new Map(off.map(([name, one]) => [name, JSON.stringify(SwitchedOff.parse(one))]));
      }),

    stop(): void {
      listeners.clear();
      subscriber.disconnect();
    },
  };
}
