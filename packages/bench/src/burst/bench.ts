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
/** Each provider takes so long for an answer, and the page of each link for its own: much longer than what a mail costs the processor, which processes share. */
const ANSWER_MS = 1_500;
const PAGE_MS = 4_000;
const LOOK_EVERY_MS = 500;
/** For all, unless `--minutes` says otherwise. The half with fixed pools may use most of it, for it is the slower one. */
const MINUTES = 30;
const FIXED_SHARE = 0.65;
const SHRINK_AFTER_SECONDS = 10;

interface Page {
  url: string;
  address: string;
  stop(): Promise<void>;
}

interface Half {
  /** Until the last report, or until the time was over. */
  seconds: number;
  completed: number;
  /** Of the mails, when the time was over. */
  unfinished: number;
  samples: Sample[];
}

interface Order {
  mails: number;
  /** As `SANDBOX_WORKERS` says it: `1`, or `1-4`. */
  processes: string;
  /** Epoch of `performance.now()`; what is open then is counted and left. */
  untilMs: number;
}

/**
 * `npm run bench -- burst [--mails N] [--most N] [--minutes N] [--only fixed|scaled]`: a burst of mails whose time goes into slow providers and slow pages, with one process
 * a pool, and with as many as the work asks for: the pools' sizes over time, and the time saved. It ends after `--minutes` in any case; a half that was not done by then is said to be
 * partial, and nothing is compared.
 */
export async function runBurstBench(words: string[], say: (line: string) => void): Promise<BenchmarkResult> {
  const mails = Number(valueOf(words, '--mails') ?? MAILS);
  const most = Number(valueOf(words, '--most') ?? MOST);
  const only = valueOf(words, '--only');
  const beganMs = performance.now();
  const wholeMs = Number(valueOf(words, '--minutes') ?? MINUTES) * 60_000;
  const untilMs = beganMs + wholeMs;
  const fixedUntilMs = only === 'fixed' ? untilMs : beganMs + wholeMs * FIXED_SHARE;
  const fixed = only === 'scaled' ? null : await run({ mails, processes: '1', untilMs: fixedUntilMs }, say);
  const scaled = only === 'fixed' ? null : await run({ mails, processes: `1-${most}`, untilMs }, say);
  const isWhole = fixed?.unfinished === 0 && scaled?.unfinished === 0;
  return {
    method:
      `whole fleet, ${mails} mails at once, each with a link of its own; five simulated providers that answer after ${ANSWER_MS} ms, pages that come after ${PAGE_MS} ms (no browser: ` +
      `its pages would measure the processor); sandbox and analyzer 1 process each, against 1 to ${most}, grown after 2 s and shrunk after ${SHRINK_AFTER_SECONDS} s`,
    measures: {
      mails,
      ...measuresOf('fixed', fixed),
      ...measuresOf('scaled', scaled),
      // Most mails are done towards the end, so that the beginning of a half says nothing about all of it.
      times_as_fast: isWhole ? round(fixed.seconds / scaled.seconds, 2) : null,
    },
  };
}

function measuresOf(name: string, half: Half | null): BenchmarkResult['measures'] {
  if (half === null) return {};
  return {
    [`${name}_seconds`]: round(half.seconds),
    [`${name}_completed`]: half.completed,
    [`${name}_unfinished`]: half.unfinished,
    [`${name}_mails_per_second`]: round(half.completed / half.seconds, 2),
  };
}

function valueOf(words: string[], flag: string): string | undefined {
  const at = words.indexOf(flag);
  return at === -1 ? undefined : words[at + 1];
}

async function run(order: Order, say: (line: string) => void): Promise<Half> {
  const { mails, processes } = order;
  const simulators = await startUnlimitedProviders();
  for (const provider of PROVIDERS) simulators[provider].behave('slow', { delayMs: ANSWER_MS });
  const page = await startSlowPage();
  try {
    say(`${mails} mails, processes of sandbox and analyzer: ${processes}`);
    const half = await burst(order, settingsOf(simulators, page, processes), page.url);
    for (const line of describeSizes(half.samples)) say(`  ${line}`);
    if (half.unfinished > 0) say(`  PARTIAL: the time was over, ${half.unfinished} mails were not done`);
    return half;
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
    JOB_TIMEOUT: '86400',
    QUEUE_AGE_HIGH_WATER: '86400',
    LOG_LEVEL: 'warn',
  };
}

async function burst(order: Order, settings: Record<string, string>, site: string): Promise<Half> {
  const { mails, processes, untilMs } = order;
  const { fleet, client, stop } = await startPrivateFleet(settings);
  const samples: Sample[] = [];
  const watching = new AbortController();
  try {
    await releaseAll(client);
    const beganMs = performance.now();
    const watch = watchSizes(() => fleet.processes().map(({ name }) => name), beganMs, samples, watching.signal);
    const accepted = await submitAll(client, order, site);
    const { completed, open, seconds } = await allEnded(client, beganMs, untilMs);
    if (completed + open < accepted)
      throw new Error(`${accepted - completed - open} mails have ended otherwise than completed`);
    // Until the pools have shrunk again.
    if (processes.includes('-') && completed === mails) await pause((SHRINK_AFTER_SECONDS + 5) * 1_000);
    watching.abort();
    await watch;
    return { seconds, completed, unfinished: mails - completed, samples };
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

/** How many were accepted before the time was over. */
async function submitAll(client: Client, { mails, untilMs }: Order, site: string): Promise<number> {
  let accepted = 0;
  const numbers = Array.from({ length: mails }, (_, n) => n).values();
  const lane = async () => {
    for (const n of numbers) {
      if (performance.now() > untilMs) return;
      await client.submitMail(buildMail({ subject: `Notice ${n}`, html: `<a href="${site}/offer/${n}">Open</a>` }));
      accepted += 1;
    }
  };
  await Promise.all(Array.from({ length: SUBMITTED_AT_ONCE }, lane));
  return accepted;
}

/** How many have completed when none is open any more, or when the time is over. */
async function allEnded(client: Client, beganMs: number, untilMs: number) {
  for (;;) {
    const { jobs } = await client.stats();
    const nowMs = performance.now();
    if (jobs.open === 0 || nowMs > untilMs) {
      return { completed: jobs.ended.completed ?? 0, open: jobs.open, seconds: (nowMs - beganMs) / 1_000 };
    }
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
