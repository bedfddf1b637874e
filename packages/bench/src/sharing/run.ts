import { setTimeout as pause } from 'node:timers/promises';
import { PROVIDERS, type Provider, type Report } from '@sluice/contracts';
import type { Client } from '@sluice/client';
import { buildMail, type SimulatedProviders, startProviders } from '@sluice/testkit';
import { type PrivateFleet, startPrivateFleet } from '../private-fleet.ts';
import { forEachProvider } from '../simulators.ts';
import type { Call } from './count.ts';
import { type Saved, savedBy, sumOf } from './saved.ts';

/** How large a run is, and after how many calls at the providers' doors what happens. */
export interface Scale {
  mails: number;
  urls: number;
  ips: number;
  workers: number;
  /** Mails under way at a time: what they ask together is joined, not held. */
  atOnce: number;
  /** An analyzer is killed after so many calls; null: none is. */
  killAfter: number | null;
  /** VirusTotal fails after so many calls of its own, until some have got no answer and the time is over. */
  downAfter: number;
  downMs: number;
  /** How long missing answers are waited for. */
  wholeMs: number;
}

/** Calls that each action of a provider allows in any second. */
export const LIMIT = 10;
const ANSWER_MS = 100;
const PATIENCE_MS = 180_000;
const LEAST_UNANSWERED = 2;
const STRICT = { limits: [{ requests: LIMIT, seconds: 1, kind: 'sliding' as const }] };

/** What was seen at the providers' doors, and what the jobs came to. */
export interface Seen {
  doors: { provider: Provider; calls: readonly Call[] }[];
  /** Refused by the simulators themselves. */
  refused: number;
  /** When an analyzer was killed, on the clock of the calls. */
  killedAtMs: number | null;
  states: string[];
  reports: Report[];
  saved: Saved;
  seconds: number;
}

/** The whole fleet on mails that share their URLs and addresses, in front of strict simulators; one worker dies, one provider fails for a while. */
export async function runSharing(scale: Scale): Promise<Seen> {
  // A used-up answer of AbuseIPDB closes its quota until midnight, as the vendor's does: its calls are counted at its door alone.
  const simulators = await startProviders({
    virustotal: STRICT,
    abuseipdb: { limits: [] },
    urlscan: STRICT,
    shodan: STRICT,
  });
  for (const provider of PROVIDERS) simulators[provider].behave('slow', { delayMs: ANSWER_MS });
  try {
    const house = await startPrivateFleet(settingsOf(simulators, scale));
    try {
      return await scanAll(house, simulators, scale);
    } finally {
      await house.stop();
    }
  } finally {
    await simulators.stop();
  }
}

function settingsOf({ env }: SimulatedProviders, { workers }: Scale): Record<string, string> {
  const workersEach = String(workers);
  return {
    ...env,
    ...forEachProvider('QUOTA', `${LIMIT}/s`),
    URLSCAN_RESULT_QUOTA: `${LIMIT}/s`,
    // A call that is given up is another one that is paid for: on a busy machine none may be for its slowness alone.
    ...forEachProvider('TIMEOUT_SECONDS', '25'),
    GEMINI_API_KEY: '',
    SANDBOX_MAX_VISITS: '0',
    MAIL_AUTH_DNS: 'off',
    ANALYZER_WORKERS: workersEach,
    AGGREGATOR_WORKERS: workersEach,
    SANDBOX_WORKERS: workersEach,
    RETRY_BACKOFF_BASE_SECONDS: '2',
    PROVIDER_BREAKER_PAUSE_SECONDS: '2',
  };
}

async function scanAll({ fleet, client }: PrivateFleet, simulators: SimulatedProviders, scale: Scale): Promise<Seen> {
  const beganMs = performance.now();
  const trouble = cause(fleet, simulators, scale);
  const jobs = await submitAll(client, scale);
  const { killedAtMs, savedBefore } = await trouble;
  const reports = await wholeReports(
    client,
    jobs.map(({ jobId }) => jobId),
    scale.wholeMs,
  );
  const seconds = (performance.now() - beganMs) / 1_000;
  return {
    doors: PROVIDERS.map((provider) => ({ provider, calls: simulators[provider].calls() })),
    refused: simulators.breaches(),
    killedAtMs,
    states: jobs.map(({ state }) => state),
    reports,
    saved: sumOf(savedBefore, await savedBy(fleet)),
    seconds,
  };
}

const VICTIM = 'analyzer-worker-1';

async function cause(
  fleet: PrivateFleet['fleet'],
  simulators: SimulatedProviders,
  { killAfter, downAfter, downMs }: Scale,
): Promise<{ killedAtMs: number | null; savedBefore: Saved }> {
  const { virustotal } = simulators;
  const all = () => PROVIDERS.reduce((sum, provider) => sum + simulators[provider].calls().length, 0);
  const unanswered = () => virustotal.calls().filter(({ status }) => status === 0).length;
  let killedAtMs: number | null = null;
  let savedBefore = sumOf();
  if (killAfter !== null) {
    await reached(all, killAfter);
    // What it has counted dies with it.
    savedBefore = await savedBy(fleet, VICTIM);
    fleet.kill(VICTIM);
    killedAtMs = performance.now();
  }
  await reached(() => virustotal.calls().length, downAfter);
  virustotal.behave('down');
  await Promise.all([pause(downMs), reached(unanswered, LEAST_UNANSWERED)]);
  virustotal.behave('slow', { delayMs: ANSWER_MS });
  return { killedAtMs, savedBefore };
}

/** Resolves when so many are counted, or patience is over. */
async function reached(count: () => number, enough: number): Promise<void> {
  const untilMs = performance.now() + PATIENCE_MS;
  while (count() < enough && performance.now() < untilMs) await pause(20);
}

async function submitAll(client: Client, scale: Scale): Promise<{ jobId: string; state: string }[]> {
  const numbers = Array.from({ length: scale.mails }, (_, n) => n).values();
  const jobs: { jobId: string; state: string }[] = [];
  const lane = async () => {
    for (const n of numbers) {
      const { jobId } = await client.submitMail(mailOf(n, scale));
      const { state } = await client.wait(jobId, { signal: AbortSignal.timeout(PATIENCE_MS) });
      jobs.push({ jobId, state });
    }
  };
  await Promise.all(Array.from({ length: scale.atOnce }, lane));
  return jobs;
}

/** Three of the URLs and one of the addresses. */
function mailOf(n: number, { urls, ips }: Scale): Uint8Array {
  const links = [0, 1, 2].map((k) => {
    const url = (7 * n + 23 * k) % urls;
    return `<a href="https://shop${url % 15}.example.com/offer/${url}">Offer</a>`;
  });
  const ip = `8.8.${n % ips}.8`;
  const received = `from out.example.com (unknown [${ip}]) by mx.example.net; Mon, 02 Nov 2026 10:00:00 +0000`;
  return buildMail({ subject: `Offers ${n}`, html: links.join(' '), headers: { Received: received } });
}

/** When no answer is missing any more, or patience is over. */
async function wholeReports(client: Client, jobs: string[], patienceMs: number): Promise<Report[]> {
  const untilMs = performance.now() + patienceMs;
  for (;;) {
    const reports = await Promise.all(jobs.map((jobId) => client.report(jobId)));
    if (reports.every(({ partial }) => !partial) || performance.now() > untilMs) return reports;
    await pause(500);
  }
}
