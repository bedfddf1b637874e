import type { Client } from '@sluice/client';
import { buildMail, startHostileSite } from '@sluice/testkit';
import { type BenchmarkResult, type Measures, quantile, round } from '../measure.ts';
import { startPrivateFleet } from '../private-fleet.ts';
import { NO_KEYS, releaseAll, startUnlimitedProviders } from '../simulators.ts';

/** Scans one after the other, on a fleet that does nothing else. */
const IDLE_SCANS = 30;
const AT_ONCE = 16;

interface Scenario {
  name: string;
  settings: Record<string, string>;
  /** Under load. */
  scans: number;
  mail: (n: number) => Uint8Array;
  /** Scans beforehand, so that the caches are warm. */
  warmUp: number;
}

/** A whole scan in three surroundings: the mail alone, with a browser on a loopback site, and with provider simulators behind a warm cache. */
export async function runScanBench(_words: string[], say: (line: string) => void): Promise<BenchmarkResult> {
  const site = await startHostileSite();
  const simulators = await startUnlimitedProviders();
  try {
    const measures: Measures = {};
    for (const scenario of scenariosOf(site, simulators.env)) {
      say(scenario.name);
      Object.assign(measures, await measure(scenario));
    }
    return {
      method:
        `whole fleet with shipped defaults; idle: median of ${IDLE_SCANS} scans in turn, from submission to the end of the job; load: ${AT_ONCE} at once; ` +
        'browser: each mail has one link of its own that leads by four kinds of redirect to a page with a form; providers: five simulators, every answer cached',
      measures,
    };
  } finally {
    await Promise.all([site.stop(), simulators.stop()]);
  }
}

function scenariosOf(site: { origin: string; address: string }, providers: Record<string, string>): Scenario[] {
  const alone = { SANDBOX_MAX_VISITS: '0', SANDBOX_BROWSER: 'off' };
  const linkTo = (path: (n: number) => string) => (n: number) =>
    buildMail({ subject: `Notice ${n}`, html: `<p>Your account</p><a href="${path(n)}">Open</a>` });
  return [
    { name: 'alone', settings: alone, scans: 400, mail: linkTo((n) => `https://shop.example/offer/${n}`), warmUp: 10 },
    {
      name: 'browser',
      settings: { SANDBOX_ALLOW_PRIVATE: site.address },
      scans: 40,
      mail: linkTo((n) => `${site.origin}/chain?n=${n}`),
      warmUp: 2,
    },
    {
      name: 'providers',
      settings: { ...alone, ...providers },
      scans: 200,
      mail: linkTo((n) => `https://shop.example/offer/${n % 5}`),
      warmUp: 10,
    },
  ];
}

async function measure({ name, settings, scans, mail, warmUp }: Scenario): Promise<Measures> {
  const { client, stop } = await startPrivateFleet({ ...NO_KEYS, ...settings });
  try {
    await releaseAll(client);
    for (let n = 0; n < warmUp; n++) await scan(client, mail(n));
    const idleMs: number[] = [];
    for (let n = 0; n < IDLE_SCANS; n++) idleMs.push(await scan(client, mail(1_000 + n)));
    const beganMs = performance.now();
    const waiting = Array.from({ length: scans }, (_, n) => mail(10_000 + n)).values();
    const lane = async () => {
      for (const one of waiting) await scan(client, one);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
    const seconds = (performance.now() - beganMs) / 1_000;
    return {
      [`${name}_idle_p50_ms`]: round(quantile(idleMs, 0.5)),
      [`${name}_idle_p95_ms`]: round(quantile(idleMs, 0.95)),
      [`${name}_scans_per_s`]: round(scans / seconds),
    };
  } finally {
    await stop();
  }
}

async function scan(client: Client, mail: Uint8Array): Promise<number> {
  const beganMs = performance.now();
  const { jobId } = await client.submitMail(mail);
  const { state } = await client.wait(jobId, { signal: AbortSignal.timeout(120_000) });
  if (state !== 'completed') throw new Error(`a scan ended as ${state}`);
  return performance.now() - beganMs;
}
