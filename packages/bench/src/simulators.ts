import type { Client } from '@sluice/client';
import { PROVIDERS, type Provider, RELEASES, type ReleaseRules } from '@sluice/contracts';
import { eventually, type SimulatedProviders, startProviders } from '@sluice/testkit';

/** A setting of every provider. */
export function forEachProvider(setting: string, value: string): Record<string, string> {
  return Object.fromEntries(PROVIDERS.map((provider: Provider) => [`${provider.toUpperCase()}_${setting}`, value]));
}

/** Keys of the one who runs the benchmark stay out of it. */
export const NO_KEYS = forEachProvider('API_KEY', '');

/** Nothing leaves the machine for a mail that is scanned: hostile mail is measured, its links are not opened. */
export const OFFLINE = { ...NO_KEYS, SANDBOX_MAX_VISITS: '0', MAIL_AUTH_DNS: 'off' };

/** Five simulators without limits, and a fleet's settings to ask them as often as it likes: no quota makes anything wait. */
export async function startUnlimitedProviders(): Promise<SimulatedProviders> {
  const freely = { limits: [] };
  const providers = await startProviders({
    virustotal: freely,
    abuseipdb: freely,
    urlscan: freely,
    shodan: freely,
    gemini: freely,
  });
  const quotas = { ...forEachProvider('QUOTA', '1000/s'), URLSCAN_RESULT_QUOTA: '1000/s' };
  return { ...providers, env: { ...providers.env, ...quotas } };
}

const ALL = [...RELEASES];
const EVERYTHING: ReleaseRules = { clear: ALL, green: ALL, amber: ALL, 'amber+strict': ALL, red: ALL };

/** Lets the fleet give content to its simulated model too, which no fleet does by default. */
export async function releaseAll({ admin }: Client): Promise<void> {
  const { name, plan } = await eventually(() => admin.tenants.find('default'));
  await admin.tenants.replace('default', { name, plan, release: EVERYTHING });
}
