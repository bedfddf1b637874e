import { setTimeout as pause } from 'node:timers/promises';
import { PROVIDERS, type Report } from '@sluice/contracts';
import type { Client } from '@sluice/client';
import { buildMail, type SimulatedProviders, type SimulatorCall, startProviders } from '@sluice/testkit';
import { type BenchmarkResult, round } from '../measure.ts';
import { startPrivateFleet } from '../private-fleet.ts';
import { forEachProvider } from '../simulators.ts';

const MAILS = 300;
const URLS = 60;
const IPS = 20;
const AT_ONCE = 16;
const PATIENCE_MS = 120_000;
/** Calls that each provider's action allows in any second. */
const LIMIT = 10;

/**
 * 300 mails about 60 URLs and 20 addresses, two analyzers (one is killed in the middle), one provider down for a while: what
 * is paid for, what is breached, and whether every job ends whole.
 */
export async function runSharingBench(_words: string[], say: (line: string) => void): Promise<BenchmarkResult> {
  const freely = { limits: [] };
  const simulators = await startProviders({
    virustotal: freely,
    abuseipdb: freely,
    urlscan: freely,
    shodan: freely,
    gemini: freely,
  });
  const settings = {
    ...simulators.env,
    ...forEachProvider('QUOTA', `${LIMIT}/s`),
    URLSCAN_RESULT_QUOTA: `${LIMIT}/s`,
    GEMINI_API_KEY: '',
    SANDBOX_MAX_VISITS: '0',
    MAIL_AUTH_DNS: 'off',
    ANALYZER_WORKERS: '2',
    RETRY_BACKOFF_BASE_SECONDS: '5',
  };
  const { client, fleet, stop } = await startPrivateFleet(settings);
  try {
    const beganMs = performance.now();
    const trouble = cause(simulators, () => fleet.kill('analyzer-worker'));
    const jobs = await submitAll(client);
    await trouble;
    const reports = await wholeReports(client, jobs);
    const seconds = round((performance.now() - beganMs) / 1_000);
    const calls = PROVIDERS.flatMap((provider) => simulators[provider].calls());
    const paid = paidTwice(simulators);
    say(`${MAILS} mails, ${URLS} URLs, ${IPS} addresses; ${calls.length} calls at the providers' doors`);
    const all = reports.flatMap((report) => report.answers);
    const answers = all.filter(({ isKnown }) => isKnown !== null);
    const silent = Map.groupBy(
      all.filter(({ isKnown, status }) => isKnown === null && status !== 'not-asked'),
      ({ provider, status, why }) => `${provider} ${status}: ${why}`,
    );
    for (const [what, some] of silent) say(`not answered in the end: ${some.length} × ${what}`);
    return {
      method: `whole fleet, 2 analyzers of which one is killed after 4 s, VirusTotal down from 6 s to 12 s, no visits; each quota allows ${LIMIT} calls in any second`,
      measures: {
        jobs: jobs.length,
        whole: reports.filter(({ partial }) => !partial).length,
        breaches: PROVIDERS.reduce((sum, provider) => sum + breachesOf(simulators[provider].calls()), 0),
        calls: calls.length,
        distinct_questions: paid.distinct,
        answered_twice: paid.twice,
        answers_in_reports: answers.length,
        saved_calls: answers.filter(({ status }) => status === 'cached').length,
        from_cache_share: round(answers.filter(({ status }) => status === 'cached').length / answers.length, 3),
        seconds,
      },
    };
  } finally {
    await stop();
    await simulators.stop();
  }
}

async function cause(simulators: SimulatedProviders, kill: () => void): Promise<void> {
  await pause(4_000);
  kill();
  await pause(2_000);
  simulators.virustotal.behave('down');
  await pause(6_000);
  simulators.virustotal.behave('well');
}

async function submitAll(client: Client): Promise<string[]> {
  const numbers = Array.from({ length: MAILS }, (_, n) => n).values();
  const jobs: string[] = [];
  const lane = async () => {
    for (const n of numbers) {
      const { jobId } = await client.submitMail(mailOf(n));
      await client.wait(jobId, { signal: AbortSignal.timeout(PATIENCE_MS) });
      jobs.push(jobId);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return jobs;
}

/** Three of the URLs and one of the addresses. */
function mailOf(n: number): Uint8Array {
  const links = [0, 1, 2].map((k) => {
    const url = (7 * n + 23 * k) % URLS;
    return `<a href="https://shop${url % 15}.example.com/offer/${url}">Offer</a>`;
  });
  const ip = `8.8.${n % IPS}.8`;
  const received = `from out.example.com (unknown [${ip}]) by mx.example.net; Mon, 02 Nov 2026 10:00:00 +0000`;
  return buildMail({ subject: `Offers ${n}`, html: links.join(' '), headers: { Received: received } });
}

/** When no answer is missing any more, or patience is over. */
async function wholeReports(client: Client, jobs: string[]): Promise<Report[]> {
  const untilMs = performance.now() + PATIENCE_MS;
  for (;;) {
    const reports = await Promise.all(jobs.map((jobId) => client.report(jobId)));
    if (reports.every(({ partial }) => !partial) || performance.now() > untilMs) return reports;
    await pause(1_000);
  }
}

/** Calls that arrived as one too many within a second; urlscan counts searching and fetching apart. */
function breachesOf(calls: readonly SimulatorCall[]): number {
  const actions = Map.groupBy(calls, ({ path }) => path.includes('/result/'));
  return [...actions.values()].reduce((sum, some) => {
    const times = some.map(({ atMs }) => atMs).toSorted((a, b) => a - b);
    return sum + times.filter((atMs, n) => n >= LIMIT && atMs - (times[n - LIMIT] ?? 0) < 1_000).length;
  }, 0);
}

/** Questions by what they ask; `twice` counts successful answers beyond the first of each. */
function paidTwice(simulators: SimulatedProviders): { distinct: number; twice: number } {
  const successes = new Map<string, number>();
  for (const provider of PROVIDERS) {
    for (const { method, path, status } of simulators[provider].calls()) {
      const isAnswer = status === 200 || status === 404;
      const key = `${provider} ${method} ${path}`;
      if (isAnswer) successes.set(key, (successes.get(key) ?? 0) + 1);
    }
  }
  return { distinct: successes.size, twice: [...successes.values()].reduce((sum, count) => sum + count - 1, 0) };
}
