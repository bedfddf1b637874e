import { createHash } from 'node:crypto';
import { SluiceError } from '@sluice/contracts';
import type { Woken } from '@sluice/fleet/queue';
import {
  announcedQuotas,
  announceQuotas,
  collectQuotaMetrics,
  createLine,
  createQuotas,
  type Line,
  parseWindows,
  type Priority,
  type QuotaInput,
  type Quotas,
  type QuotasConfig,
  type Report,
} from '@sluice/fleet/rate-limit';
import type { Redis } from '@sluice/fleet/redis';
import type { Settings, SwitchedOffs } from '@sluice/fleet/settings';
import { ACTIONS, type Action, PROVIDER_OF, quotaOf, SETTING_OF, termsOf, timeoutMsOf, VENDORS } from './actions.ts';
import { type Ask, createAsk } from './client.ts';
import { createHttp, type Http } from './http.ts';
import type { Key } from './keys.ts';
import type { ProviderSettings } from './settings.ts';

/** How old the gauges of the quotas are at most; what other processes announced is learnt as often. */
const MEASURE_MS = 15_000;
/** The quotas of a worker's keys are told to the fleet so often, for those who show them. */
const ANNOUNCE_MS = 3_600_000;

/** What takes up the tasks whose questions stand in lines. */
export interface Lining {
  /** This process, for people. */
  process: string;
  /** A slot is reserved for what these tokens ask. May be called again. */
  wake: (tokens: readonly string[]) => Promise<Woken>;
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

/** Who takes a slot, and the most that it gets of the quota while others wait. */
export interface Taker {
  tenant: string;
  share?: number | undefined;
}

export interface DeskConfig {
  settings: ProviderSettings;
  /** What overrides the environment's quotas while the fleet runs. */
  rules: Pick<Settings, 'quotas' | 'switchedOff' | 'onChange'>;
  /** The queue's server: it counts the quotas. */
  redis: Redis;
  fetch: typeof fetch;
  now: () => number;
  stopping: AbortSignal;
  lining: Lining;
  recall?: ((quotas: () => QuotaInput[]) => NonNullable<QuotasConfig['recall']>) | undefined;
}

/** A quota that this process has the key for. */
interface Counter {
  action: Action;
  name: string;
  key: Key;
  http: Http;
  timeoutMs: number;
  quota: QuotaInput;
  /** Whether it is in force as this process knows it. */
  isSettled: boolean;
}

export type Desk = ReturnType<typeof createDesk>;

/** The quotas of all keys, the fleet's and the tenants' own, how they are asked for, and their lines. */
export function createDesk(config: DeskConfig) {
  const { settings, rules, redis, fetch, now, stopping, lining } = config;
  const counters = new Map<string, Counter>();
  const known = (): QuotaInput[] => quotas.names.map((name) => quotas.book(name).quota());
  const recall = config.recall?.(known);
  const quotas = createQuotas({ redis, now, quotas: [], ...(recall === undefined ? {} : { recall }) });
  const line = createLine({
    redis,
    quotas,
    process: lining.process,
    onError: lining.onError,
    async onGranted({ quota, id, tokens }) {
      const { busy, unwanted } = await lining.wake(tokens);
      if (unwanted.length > 0) await line.leave(quota, id, ...unwanted);
      return busy;
    },
  });
  const timers: NodeJS.Timeout[] = [];
  let stopListening = () => undefined as void;

  for (const action of ACTIONS) {
    const apiKey = settings[`${SETTING_OF[PROVIDER_OF[action]]}_API_KEY`];
    if (apiKey !== undefined) open(action, { apiKey });
  }

  function open(action: Action, key: Key): Counter {
    const name = quotaName(action, key.apiKey);
    const held = counters.get(name);
    if (held !== undefined) return held;
    const provider = PROVIDER_OF[action];
    const http = createHttp({ provider, fetch, now, ...VENDORS[provider] });
    const quota = quotaOf(settings, name, termsOf(settings, action));
    const counter = { action, name, key, http, quota, timeoutMs: timeoutMsOf(settings, action), isSettled: false };
    counters.set(name, counter);
    quotas.learn(quota);
    return counter;
  }

  const { settle, dismiss, announce, keepUp, learn, settled } = createKeeping({ ...config, counters, quotas, line });

  return {
    /** One call of an action, with a key, for somebody. The first use of a key puts its quota into force. */
    ask(action: Action, key: Key, { tenant, share }: Taker): Ask {
      const counter = open(action, key);
      const { name, http, timeoutMs } = counter;
      // A tenant's share is one of the fleet's keys; its own is all its own.
      const limits = key.owner === undefined && share !== undefined ? { tenant, share } : { tenant };
      // The error of a used-up quota names the provider, not its key's hash.
      const quota = { ...quotas.use(name, { timeoutMs, ...limits }), name: action };
      const block = (untilMs: number) => quotas.block(name, untilMs);
      const believe = (said: Report) => quotas.report(name, said);
      const ask = createAsk({
        http,
        quota,
        line: name,
        redeem: redeemerOf(counter, line, now),
        block,
        believe,
        stopping,
      });
      return async (question, read) => {
        if (!counter.isSettled && key.owner !== undefined) await settle();
        return ask(question, read);
      };
    },

    /** Puts the question that an error waits for into its line. `granted`: its slot is reserved already, so that it is to be asked at once. */
    async lineUp(
      error: unknown,
      { share, ...place }: Place & Pick<Taker, 'share'>,
    ): Promise<'no-line' | 'lined' | 'granted'> {
      if (!(error instanceof SluiceError) || error.waitsFor === undefined) return 'no-line';
      const { quota, question } = error.waitsFor;
      const counter = counters.get(quota);
      if (counter === undefined) return 'no-line';
      const { timeoutMs, key } = counter;
      const limits = key.owner === undefined && share !== undefined ? { share } : {};
      const answer = await line.park({ quota, id: question, timeoutMs, ...place, ...limits });
      return answer === 'granted' ? answer : 'lined';
    },

    async start(): Promise<void> {
      stopListening = rules.onChange(({ kind }) => {
        if (kind === 'quotas' || kind === 'any') void settle();
        if (kind === 'switches' || kind === 'any') void dismiss();
      });
      timers.push(
        setInterval(() => void announce(counters.values()).catch(lining.onError), ANNOUNCE_MS),
        setInterval(() => void keepUp().catch(lining.onError), MEASURE_MS),
      );
      await Promise.all([settle(), learn().catch(lining.onError), line.start()]);
    },

    async stop(): Promise<void> {
      stopListening();
      for (const timer of timers) clearInterval(timer);
      await settled();
      await line.stop();
    },
  };
}

function redeemerOf({ name, action }: Counter, line: Line, now: () => number) {
  return async (id: string) => {
    const lease = await line.redeem(name, id);
    if (lease !== null) return lease;
    const { total, estimateMs } = await line.waiting(name);
    if (total === 0) return null;
    throw new SluiceError('quota-exhausted', `Others wait for ${action} already.`, {
      disposition: 'retry-at',
      retryAtMs: now() + estimateMs(total + 1),
    });
  };
}

interface KeepingConfig extends Pick<DeskConfig, 'settings' | 'rules' | 'redis' | 'lining'> {
  counters: ReadonlyMap<string, Counter>;
  quotas: Quotas;
  line: Line;
}

/** Keeps quotas as the settings say, and tells the fleet of them. */
function createKeeping({ settings, rules, redis, lining, counters, quotas, line }: KeepingConfig) {
  let settling: Promise<void> = Promise.resolve();

  /** Puts into force what the settings say by now, one change after the other; a quota that stays as it is costs nothing. */
  function settle(): Promise<void> {
    settling = settling.then(settleAll).catch(lining.onError);
    return settling;
  }

  async function settleAll(): Promise<void> {
    const texts = await rules.quotas();
    const changed: Counter[] = [];
    for (const counter of counters.values()) {
      const { action, name, key } = counter;
      const own = key.owner === undefined ? undefined : texts[`${action}@${key.owner}`];
      const text = own ?? texts[action];
      const quota = quotaOf(settings, name, text === undefined ? termsOf(settings, action) : parseWindows(text));
      if (counter.isSettled && JSON.stringify(quota) === JSON.stringify(counter.quota)) continue;
      await quotas.configure(quota);
      Object.assign(counter, { quota, isSettled: true });
      changed.push(counter);
    }
    await announce(changed);
    await line.look(...changed.map(({ name }) => name));
  }

  /** Whoever waits for a provider that is switched off leaves its lines: the tasks are taken up, and come to know why. */
  function dismiss(): Promise<void> {
    settling = settling.then(dismissAll).catch(lining.onError);
    return settling;
  }

  async function dismissAll(): Promise<void> {
    const off = await rules.switchedOff();
    const names = quotas.names.filter((name) => isOff(name, off));
    for (const name of names) await line.dismiss(name, async (tokens) => (await lining.wake(tokens)).busy);
  }

  const announce = (some: Iterable<Counter>) =>
    announceQuotas(
      redis,
      [...some].map(({ action, quota, key: { owner } }) => ({
        action,
        quota,
        ...(owner === undefined ? {} : { tenant: owner }),
      })),
    );

  /** Lines of keys that another process has used are granted by this one as well, should that one die. */
  async function learn(): Promise<void> {
    const others = (await announcedQuotas(redis)).filter(({ quota }) => quotas.learn(quota));
    await line.look(...others.map(({ quota }) => quota.name));
  }

  async function keepUp(): Promise<void> {
    await settle();
    await learn();
    await dismiss();
    await collectQuotaMetrics({ quotas, line });
  }

  return { settle, dismiss, settled: () => settling, announce, learn, keepUp };
}

/** A quota belongs to a key: another key begins with an empty one. */
function quotaName(action: Action, apiKey: string): string {
  return `${action}.${createHash('sha256').update(apiKey).digest('hex').slice(0, 8)}`;
}

/** By the action in its name; a quota that only a newer version knows is that one's to keep. */
function isOff(quota: string, off: SwitchedOffs): boolean {
  const action = ACTIONS.find((one) => one === quota.slice(0, quota.lastIndexOf('.')));
  return action !== undefined && off.has(PROVIDER_OF[action]);
}
