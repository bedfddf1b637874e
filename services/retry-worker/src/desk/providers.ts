import { Provider, type TaskRecord } from '@sluice/contracts';
import { announcedQuotas, createQuotas, type Quotas } from '@sluice/fleet/rate-limit';
import type { Redis } from '@sluice/fleet/redis';

/** After a provider has come back its redrives trickle for so long. */
const TRICKLE_MS = 30_000;
const TRICKLE_PAUSE_MS = 1_000;
const STATE_LIFE_MS = 1_000;

/** A provider that is, or just was, out of reach; expires with the end of its trickle. */
const downKey = (provider: string) => `{desk}:down:${provider}`;
/** Is there while the next redrive of the trickle may not go; expires after a second. */
const trickleKey = (provider: string) => `{desk}:trickle:${provider}`;

/** Whether a redrive would reach its provider. `open` until then, `trickle`: not yet, another try then; null: go. */
type Gate = { why: 'open' | 'trickle'; untilMs: number } | null;

export type ProviderGate = ReturnType<typeof createProviderGate>;

/** Whom a task asks; null for one that asks nobody. Pure. */
export function providerOf({ name, payload }: Pick<TaskRecord, 'name' | 'payload'>): Provider | null {
  if (name === 'mail.opinion') return 'gemini';
  const named = typeof payload === 'object' && payload !== null && 'provider' in payload ? payload.provider : null;
  return Provider.safeParse(named).data ?? null;
}

interface ProviderGateConfig {
  redis: Redis;
  /** Epoch ms. */
  now?: () => number;
  random?: () => number;
  trickleMs?: number;
  tricklePauseMs?: number;
}

/**
 * Holds the redrives of a provider back while its breaker is open; then one a second goes, of all desks together, and after half a minute without another
 * failure the rest. Breakers are read from the quotas that the workers announce.
 */
export function createProviderGate(config: ProviderGateConfig) {
  const { redis, now = Date.now, random = Math.random } = config;
  const { trickleMs = TRICKLE_MS, tricklePauseMs = TRICKLE_PAUSE_MS } = config;
  let held: { of: string; quotas: Quotas } | undefined;
  let seen = new Map<string, number>();
  let seenMs = Number.NEGATIVE_INFINITY;

  /** Making them reads dozens of scripts from the disk. */
  function quotasOf(settings: Parameters<typeof createQuotas>[0]['quotas']): Quotas {
    const of = JSON.stringify(settings);
    if (held?.of !== of) held = { of, quotas: createQuotas({ redis, quotas: settings, now }) };
    return held.quotas;
  }

  /** Providers with an open or half-open breaker, and until when it is open: for half-open ones that is past. */
  async function look(): Promise<Map<string, number>> {
    const announced = await announcedQuotas(redis, now());
    const quotas = quotasOf(announced.map(({ quota }) => quota));
    const down = new Map<string, number>();
    for (const { action, quota } of announced) {
      const { breaker } = await quotas.state(quota.name);
      if (breaker.state !== 'open' && breaker.state !== 'half-open') continue;
      const provider = Provider.options.find((name) => action === name || action.startsWith(`${name}-`));
      if (provider === undefined) continue;
      const untilMs = breaker.state === 'open' ? (breaker.retryAtMs ?? now()) : 0;
      down.set(provider, Math.max(untilMs, down.get(provider) ?? 0));
    }
    return down;
  }

  async function downUntil(provider: Provider): Promise<number | null> {
    if (performance.now() - seenMs > STATE_LIFE_MS) {
      seen = await look();
      seenMs = performance.now();
    }
    return seen.get(provider) ?? null;
  }

  return {
    async gate(provider: Provider): Promise<Gate> {
      const untilMs = await downUntil(provider);
      const nowMs = now();
      if (untilMs !== null) {
        const lifeMs = Math.ceil(Math.max(0, untilMs - nowMs) + trickleMs);
        await redis.set(downKey(provider), '1', 'PX', lifeMs);
        if (untilMs > nowMs) return { why: 'open', untilMs };
      }
      const trickleLeftMs = await redis.pttl(downKey(provider));
      if (trickleLeftMs <= 0) return null;
      const mayGo = await redis.set(trickleKey(provider), '1', 'PX', tricklePauseMs, 'NX');
      if (mayGo !== null) return null;
      // Spread over what is left of the trickle, so that the next second finds a few and not all of them.
      return { why: 'trickle', untilMs: nowMs + tricklePauseMs + random() * trickleLeftMs };
    },
  };
}
