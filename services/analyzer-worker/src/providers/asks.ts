import { createHash } from 'node:crypto';
import { type Provider, SluiceError } from '@sluice/contracts';
import {
  announceQuotas,
  collectQuotaMetrics,
  createLine,
  createQuotas,
  type Priority,
  type QuotaInput,
  type QuotaWindow,
  type Report,
} from '@sluice/fleet/rate-limit';
import type { Redis } from '@sluice/fleet/redis';
import { type Ask, createAsk } from './client.ts';
import { geminiFailure } from './gemini.ts';
import { createHttp, type HttpConfig } from './http.ts';
import { nextUtcMidnight } from './limits.ts';
import type { ProviderSettings } from './settings.ts';
import { virusTotalFailure } from './virustotal.ts';

/** How long after its time limit a call that was cut may still arrive. */
const MARGIN_MS = 2_000;

/** A provider that failed so often is left alone for the pause, then tried with one question; what waits stands in line. */
const BREAKER = { failures: 5, withinSeconds: 60, pauseSeconds: 30 };
/** How old the gauges of the quotas are at most. */
const MEASURE_MS = 15_000;

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

/** What takes up the tasks whose questions stand in lines. */
export interface Lining {
  /** This process, for people. */
  process: string;
  /** A slot is reserved for what these tokens ask: says whether anybody still wants it. May be called again. */
  wake: (tokens: readonly string[]) => Promise<boolean>;
  onError: (error: unknown) => void;
}

/** Whose question it is that lines up. */
export interface Place {
  tenant: string;
  priority: Priority;
  /** How much the answer decides, 0 to 1,000: see `decidesOf`. */
  decides: number;
  token: string;
}

export interface AsksConfig {
  settings: ProviderSettings;
  /** The queue's server: it counts the quotas. */
  redis: Redis;
  fetch: typeof fetch;
  now: () => number;
  stopping: AbortSignal;
  lining: Lining;
}

/** The quotas of a worker's keys are told to the fleet so often, for those who show them. */
const ANNOUNCE_MS = 3_600_000;

/** How each action is asked for (nothing for those without a key), and the lines of their quotas. */
export function createAsks({ settings, redis, fetch, now, stopping, lining }: AsksConfig) {
  const lines = linesOf(settings);
  const keyed = ACTIONS.flatMap((action) => {
    const { apiKey, ...line } = lines[action];
    return apiKey === undefined ? [] : [{ action, name: quotaName(action, apiKey), ...line }];
  });
  const known = keyed.map(({ action, name, windows }) => {
    const quota: QuotaInput = { name, windows, marginMs: MARGIN_MS, breaker: BREAKER };
    return { action, quota };
  });
  const quotas = createQuotas({ redis, now, quotas: known.map(({ quota }) => quota) });
  const line = createLine({
    redis,
    quotas,
    process: lining.process,
    onError: lining.onError,
    async onGranted({ quota, id, tokens }) {
      if (!(await lining.wake(tokens))) await line.leave(quota, id);
    },
  });
  const asks = keyed.map(({ action, name, provider, timeoutMs }) => {
    const http = createHttp({ provider, fetch, now, ...VENDORS[provider] });
    // The error of a used-up quota names the provider, not its key's hash.
    const quota = { ...quotas.use(name, { timeoutMs }), name: action };
    const redeem = async (id: string) => {
      const lease = await line.redeem(name, id);
      if (lease !== null) return lease;
      const { total, estimateMs } = await line.waiting(name);
      if (total === 0) return null;
      const retryAtMs = now() + estimateMs(total + 1);
      throw new SluiceError('quota-exhausted', `Others wait for ${action} already.`, {
        disposition: 'retry-at',
        retryAtMs,
      });
    };
    const block = (untilMs: number) => quotas.block(name, untilMs);
    const believe = (said: Report) => quotas.report(name, said);
    return [action, createAsk({ http, quota, line: name, redeem, block, believe, stopping })];
  });
  const timeouts = new Map(keyed.map(({ name, timeoutMs }) => [name, timeoutMs]));
  const announce = () => announceQuotas(redis, known).catch(lining.onError);
  const measure = () => collectQuotaMetrics({ quotas, line }).catch(lining.onError);
  const timers: NodeJS.Timeout[] = [];

  return {
    asks: Object.fromEntries(asks) as Partial<Record<Action, Ask>>,

    /** Puts the question that an error waits for into its line. `granted`: its slot is reserved already, so that it is to be asked at once. */
    async lineUp(error: unknown, place: Place): Promise<'no-line' | 'lined' | 'granted'> {
      if (!(error instanceof SluiceError) || error.waitsFor === undefined) return 'no-line';
      const { quota, question } = error.waitsFor;
      const timeoutMs = timeouts.get(quota);
      if (timeoutMs === undefined) return 'no-line';
      const answer = await line.park({ quota, id: question, timeoutMs, ...place });
      return answer === 'granted' ? answer : 'lined';
    },

    async start(): Promise<void> {
      timers.push(
        setInterval(() => void announce(), ANNOUNCE_MS),
        setInterval(() => void measure(), MEASURE_MS),
      );
      await Promise.all([announce(), line.start()]);
    },

    async stop(): Promise<void> {
      for (const timer of timers) clearInterval(timer);
      await line.stop();
    },
  };
}

/** A quota belongs to a key: another key begins with an empty one. */
function quotaName(action: Action, apiKey: string): string {
  return `${action}.${createHash('sha256').update(apiKey).digest('hex').slice(0, 8)}`;
}

const VENDORS: Readonly<Record<Provider, Pick<HttpConfig, 'failureOf' | 'resetOf' | 'quotaSeconds'>>> = {
  virustotal: { failureOf: virusTotalFailure },
  /** Its limits are of UTC days, and only a refusal says when they begin anew. */
  abuseipdb: { resetOf: nextUtcMidnight, quotaSeconds: 86_400 },
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
