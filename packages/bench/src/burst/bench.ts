import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@sluice/client';
import { PROVIDERS } from '@sluice/contracts';
import { buildMail, type SimulatedProviders } from '@sluice/testkit';
import { type BenchmarkResult, round } from '../measure.ts';
import { startPrivateFleet } from '../private-fleet.ts';
import { forEachProvider, releaseAll, startUnlimitedProviders } from '../simulators.ts';
import { describeSizes, type Sample } from './sizes.ts';

const MAILS = 1_000;
const MOST = 4;
const SUBMITTED_AT_ONCE = 16;
/** Each provider takes so long for an answer, and the page of each link for its own. */
const ANSWER_MS = 500;
const PAGE_MS = 1_000;
const LOOK_EVERY_MS = 500;
/** Of one run, from the first mail to the last report. */
const PATIENCE_MS = 30 * 60_000;
const SHRINK_AFTER_SECONDS = 10;

interface Page {
  url: string;
  address: string;
  stop(): Promise<void>;
}

interface Run {
  seconds: number;
  completed: number;
  samples: Sample[];
}

/**
 * `npm run bench -- burst [--mails N] [--most N] [--only fixed|scaled]`: a burst of mails whose time goes into slow providers and slow pages, with one process
 * a pool, and with as many as the work asks for: the pools' sizes over time, and the time saved.
 */
export async function runBurstBench(words: string[], say: (line: string) => void): Promise<BenchmarkResult> {
  const mails = Number(valueOf(words, '--mails') ?? MAILS);
  const most = Number(valueOf(words, '--most') ?? MOST);
  const only = valueOf(words, '--only');
  const fixed = only === 'scaled' ? null : await run(mails, '1', say);
  const scaled = only === 'fixed' ? null : await run(mails, `1-${most}`, say);
  const ratio = fixed === null || scaled === null ? null : round(fixed.seconds / scaled.seconds, 2);
  return {
    method:
      `whole fleet, ${mails} mails at once, each with a link of its own; five simulated providers that answer after ${ANSWER_MS} ms, pages that come after ${PAGE_MS} ms (no browser: ` +
      `its pages would measure the processor); sandbox and analyzer 1 process each, against 1 to ${most}, grown after 2 s and shrunk after ${SHRINK_AFTER_SECONDS} s`,
    measures: {
      mails,
      fixed_seconds: fixed && round(fixed.seconds),
      fixed_completed: fixed && fixed.completed,
      scaled_seconds: scaled && round(scaled.seconds),
      scaled_completed: scaled && scaled.completed,
      times_as_fast: ratio,
    },
  };
}

function valueOf(words: string[], flag: string): string | undefined {
  const at = words.indexOf(flag);
  return at === -1 ? undefined : words[at + 1];
}

async function run(mails: number, processes: string, say: (line: string) => void): Promise<Run> {
  const simulators = await startUnlimitedProviders();
  for (const provider of PROVIDERS) simulators[provider].behave('slow', { delayMs: ANSWER_MS });
  const page = await startSlowPage();
  try {
    say(`${mails} mails, processes of sandbox and analyzer: ${processes}`);
    const result = await burst(mails, settingsOf(simulators, page, processes), page.url, !/^\d+$/.test(processes));
    for (const line of describeSizes(result.samples)) say(`  ${line}`);
    return result;
  } finally {
    await Promise.all([simulators.stop(), page.stop()]);
  }
}

function settingsOf({ env }: SimulatedProviders, page: Page, processes: string): Record<string, string> {
  return {
    ...env,
    ...forEachProvider('TIMEOUT_SECONDS', '25'),
    SANDBOX_ALLOW_PRIVATE: page.address,
    SANDBOX_BROWSER: 'off',
    MAIL_AUTH_DNS: 'off',
    SANDBOX_WORKERS: processes,
    ANALYZER_WORKERS: processes,
    AGGREGATOR_WORKERS: '1',
    WORKERS_GROW_AFTER: '2',
    WORKERS_SHRINK_AFTER: String(SHRINK_AFTER_SECONDS),
    // A job's time runs while it waits between its stages, and in a burst it waits long.
    JOB_TIMEOUT: String(PATIENCE_MS / 1_000),
    QUEUE_AGE_HIGH_WATER: '86400',
    LOG_LEVEL: 'warn',
  };
}

async function burst(mails: number, settings: Record<string, string>, site: string, shrinks: boolean): Promise<Run> {
  const { fleet, client, stop } = await startPrivateFleet(settings);
  const samples: Sample[] = [];
  const watching = new AbortController();
  try {
    await releaseAll(client);
    const beganMs = performance.now();
    const watch = watchSizes(() => fleet.processes().map(({ name }) => name), beganMs, samples, watching.signal);
    await submitAll(client, mails, site);
    const completed = await allEnded(client);
    const seconds = (performance.now() - beganMs) / 1_000;
    // Until the pools have shrunk again.
    if (shrinks) await pause((SHRINK_AFTER_SECONDS + 5) * 1_000);
    watching.abort();
    await watch;
    return { seconds, completed, samples };
  } finally {
    watching.abort();
    await stop();
  }
}

async function watchSizes(
  names: () => string[],
  beganMs: number,
  samples: Sample[],
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const running = names();
    const count = (service: string) => running.filter((name) => name.startsWith(service)).length;
    const seconds = (performance.now() - beganMs) / 1_000;
    samples.push({ seconds, analyzers: count('analyzer-worker'), sandboxes: count('sandbox-worker') });
    await pause(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function submitAll(client: Client, mails: number, site: string): Promise<void> {
  const numbers = Array.from({ length: mails }, (_, n) => n).values();
  const lane = async () => {
    for (const n of numbers) {
      await client.submitMail(buildMail({ subject: `Notice ${n}`, html: `<a href="${site}/offer/${n}">Open</a>` }));
    }
  };
  await Promise.all(Array.from({ length: SUBMITTED_AT_ONCE }, lane));
}

/** How many have completed when none is open any more. */
async function allEnded(client: Client): Promise<number> {
  const untilMs = performance.now() + PATIENCE_MS;
  for (;;) {
    const { jobs } = await client.stats();
    if (jobs.open === 0) return jobs.ended.completed ?? 0;
    if (performance.now() > untilMs) throw new Error(`${jobs.open} jobs are still open`);
    await pause(LOOK_EVERY_MS);
  }
}

/** Every address of it is the same page, after a while. */
async function startSlowPage(): Promise<Page> {
  const server = createServer((_, response) => {
    setTimeout(() => response.setHeader('content-type', 'text/html').end('<p>Offer</p>'), PAGE_MS).unref();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `http://${address}`,
    address,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
