import { createHash } from 'node:crypto';
import type { Provider } from '@sluice/contracts';
import { createQuotas, type QuotaInput, type QuotaWindow } from '@sluice/fleet/rate-limit';
import type { Redis } from '@sluice/fleet/redis';
import { type Ask, createAsk } from './client.ts';
import { geminiFailure } from './gemini.ts';
import { createHttp, type HttpConfig } from './http.ts';
import { nextUtcMidnight } from './limits.ts';
import type { ProviderSettings } from './settings.ts';
import { virusTotalFailure } from './virustotal.ts';

/** How long after its time limit a call that was cut may still arrive. */
const MARGIN_MS = 2_000;

/** Each has a quota of its own. */
const ACTIONS = [
  'virustotal',
  'abuseipdb',
  'urlscan-search',
  'urlscan-result',
  'urlscan-submit',
  'shodan',
  'gemini',
] as const;
export type Action = (typeof ACTIONS)[number];

interface Line {
  provider: Provider;
  apiKey: string | undefined;
  windows: QuotaWindow[];
  timeoutMs: number;
}

export interface AsksConfig {
  settings: ProviderSettings;
  /** The queue's server: it counts the quotas. */
  redis: Redis;
  fetch: typeof fetch;
  now: () => number;
  stopping: AbortSignal;
}

/** How each action is asked for; nothing for those without a key. */
export function createAsks({ settings, redis, fetch, now, stopping }: AsksConfig): Partial<Record<Action, Ask>> {
  const lines = linesOf(settings);
  const keyed = ACTIONS.flatMap((action) => {
    const { apiKey, ...line } = lines[action];
    return apiKey === undefined ? [] : [{ action, quota: quotaName(action, apiKey), ...line }];
  });
  const quotas = createQuotas({
    redis,
    now,
    quotas: keyed.map(({ quota, windows }): QuotaInput => ({ name: quota, windows, marginMs: MARGIN_MS })),
  });
  const asks = keyed.map(({ action, quota, provider, timeoutMs }) => {
    const http = createHttp({ provider, fetch, now, ...VENDORS[provider] });
    // The error of a used-up quota names the provider, not its key's hash.
    const use = { ...quotas.use(quota, { timeoutMs }), name: action };
    return [action, createAsk({ http, quota: use, block: (untilMs) => quotas.block(quota, untilMs), stopping })];
  });
  return Object.fromEntries(asks) as Partial<Record<Action, Ask>>;
}

/** A quota belongs to a key: another key begins with an empty one. */
function quotaName(action: Action, apiKey: string): string {
  return `${action}.${createHash('sha256').update(apiKey).digest('hex').slice(0, 8)}`;
}

const VENDORS: Readonly<Record<Provider, Pick<HttpConfig, 'failureOf' | 'resetOf'>>> = {
  virustotal: { failureOf: virusTotalFailure },
  /** Its limits are of UTC days, and only a refusal says when they begin anew. */
  abuseipdb: { resetOf: nextUtcMidnight },
  urlscan: {},
  shodan: {},
  gemini: { failureOf: geminiFailure },
};

function linesOf(settings: ProviderSettings): Record<Action, Line> {
  const urlscan = {
    provider: 'urlscan' as const,
    apiKey: settings.URLSCAN_API_KEY,
    timeoutMs: 1_000 * settings.URLSCAN_TIMEOUT_SECONDS,
  };
  return {
    virustotal: {
      provider: 'virustotal',
      apiKey: settings.VIRUSTOTAL_API_KEY,
      windows: settings.VIRUSTOTAL_QUOTA,
      timeoutMs: 1_000 * settings.VIRUSTOTAL_TIMEOUT_SECONDS,
    },
    abuseipdb: {
      provider: 'abuseipdb',
      apiKey: settings.ABUSEIPDB_API_KEY,
      windows: settings.ABUSEIPDB_QUOTA,
      timeoutMs: 1_000 * settings.ABUSEIPDB_TIMEOUT_SECONDS,
    },
    'urlscan-search': { ...urlscan, windows: settings.URLSCAN_QUOTA },
    'urlscan-result': { ...urlscan, windows: settings.URLSCAN_RESULT_QUOTA },
    'urlscan-submit': { ...urlscan, windows: settings.URLSCAN_SUBMIT_QUOTA },
    shodan: {
      provider: 'shodan',
      apiKey: settings.SHODAN_API_KEY,
      windows: settings.SHODAN_QUOTA,
      timeoutMs: 1_000 * settings.SHODAN_TIMEOUT_SECONDS,
    },
    gemini: {
      provider: 'gemini',
      apiKey: settings.GEMINI_API_KEY,
      windows: settings.GEMINI_QUOTA,
      timeoutMs: 1_000 * settings.GEMINI_TIMEOUT_SECONDS,
    },
  };
}
