import { randomBytes } from 'node:crypto';
import { RELEASES, TenantPolicy, TLPS } from '@sluice/contracts';
import { type Cache, createCache } from '@sluice/fleet/cache';
import { createSettings, type Settings } from '@sluice/fleet/settings';
import { closeRedis, connectRedis, type Redis } from '@sluice/fleet/redis';
import { parseConfig } from '@sluice/fleet/service';
import { type SimulatedProviders, type SimulatedProvidersOptions, startProviders, startRedis } from '@sluice/testkit';
import {
  type Asker,
  createProviders,
  type Providers,
  type ProvidersConfig,
  providerSettings,
} from '../../src/providers/index.ts';

type Env = Record<string, string>;
export type House = Awaited<ReturnType<typeof startHouse>>;

/** Two Redis servers and as many processes' worth of providers as a test opens. */
export async function startHouse() {
  const [queueServer, cacheServer] = await Promise.all([startRedis(), startRedis({ policy: 'allkeys-lru' })]);
  const connections: Redis[] = [];
  const caches: Cache[] = [];
  const simulators: SimulatedProviders[] = [];
  const opened: Providers[] = [];

  function connect(url: string, name: string): Redis {
    const redis = connectRedis(url, { name });
    connections.push(redis);
    return redis;
  }
  const queue = connect(queueServer.url, 'queue');
  /** The gateway's: it writes. */
  const desk = createSettings({ redis: queue, onError: fail });
  const rules: Settings[] = [desk];
  // An unknown tenant has the default policy only where somebody has published.
  await desk.publishTenants(async () => Promise.resolve([]));
  await desk.publishQuotas(async () => Promise.resolve(new Map()));
  await desk.publishSwitches(async () => Promise.resolve(new Map()));

  return {
    queue,
    desk,
    /** Tenants of a test may do everything unless it says otherwise. */
    async permit(tenant: string, more: Partial<TenantPolicy> = {}): Promise<void> {
      await desk.putTenant(TenantPolicy.parse({ v: 1, tenant, name: tenant, release: EVERYTHING, ...more }));
    },
    /** With keys of its own, so that its quotas are its own; without limits where nothing is said. */
    async simulate(options: SimulatedProvidersOptions = {}): Promise<SimulatedProviders> {
      const common = { apiKey: `sk-${randomBytes(12).toString('hex')}`, limits: [] };
      const started = await startProviders({
        ...options,
        virustotal: { ...common, ...options.virustotal },
        abuseipdb: { ...common, ...options.abuseipdb },
        urlscan: { ...common, ...options.urlscan },
        shodan: { ...common, ...options.shodan },
        gemini: { ...common, ...options.gemini },
      });
      simulators.push(started);
      return started;
    },
    /** As another process would have it: own memory, own connections, the same servers. Quotas are wide where nothing is said, lifetimes exact. */
    open(env: Env, options: Partial<ProvidersConfig> = {}): Providers {
      const wide = { ...WIDE, ...env };
      const now = options.now === undefined ? {} : { now: options.now };
      const cache = createCache({ redis: connect(cacheServer.url, 'cache'), leases: queue, random: () => 0.5, ...now });
      caches.push(cache);
      const settings = parseConfig(providerSettings, wide);
      const wake = async () => Promise.resolve({ busy: [], unwanted: [] });
      const lining = { process: 'test', wake, onError: () => undefined };
      const own = createSettings({ redis: queue, onError: fail });
      rules.push(own);
      const providers = createProviders({ settings, rules: own, redis: queue, cache, lining, ...options });
      opened.push(providers);
      return providers;
    },
    async tidy(): Promise<void> {
      await Promise.all(opened.splice(0).map((providers) => providers.stop()));
      await Promise.all(caches.splice(0).map((cache) => cache.stop()));
      await Promise.all(simulators.splice(0).map((simulator) => simulator.stop()));
    },
    async stop(): Promise<void> {
      for (const each of rules) each.stop();
      await Promise.all(connections.map(closeRedis));
      await Promise.all([queueServer.stop(), cacheServer.stop()]);
    },
  };
}

const fail = (error: unknown) => {
  throw error;
};

const EVERYTHING = Object.fromEntries(TLPS.map((tlp) => [tlp, RELEASES]));

const WIDE: Env = Object.fromEntries(
  ['VIRUSTOTAL', 'ABUSEIPDB', 'URLSCAN', 'URLSCAN_SUBMIT', 'URLSCAN_RESULT', 'SHODAN', 'GEMINI'].map((name) => [
    `${name}_QUOTA`,
    '1000/s',
  ]),
);

export const asker = (token = 'job task 1'): Asker => ({
  tenant: 'acme',
  priority: 'normal',
  decides: 500,
  token,
  signal: new AbortController().signal,
});
