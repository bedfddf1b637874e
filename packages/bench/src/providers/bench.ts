import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { type AnswerStatus, PROVIDERS, type Report } from '@sluice/contracts';
import type { Client } from '@sluice/client';
import type { SimulatedProviders } from '@sluice/testkit';
import { findMails } from '../corpus/files.ts';
import { type BenchmarkResult, round } from '../measure.ts';
import { startPrivateFleet } from '../private-fleet.ts';
import { forEachProvider, OFFLINE, releaseAll, startUnlimitedProviders } from '../simulators.ts';

const MAILS = 50;
const AT_ONCE = 8;
/** After everything is well again, every report must be whole by then. */
const PATIENCE_MS = 180_000;
const COLUMNS: AnswerStatus[] = ['fresh', 'cached', 'stale', 'refused', 'failed', 'late'];

/**
 * 50 mails of a folder with one provider down, one slow, one refusing, one answering rubbish and one well: what their reports say; and what they say once the
 * providers are well again and every report has been amended.
 */
export async function runProvidersBench(words: string[], say: (line: string) => void): Promise<BenchmarkResult> {
  const [folder] = words;
  if (folder === undefined) throw new Error('usage: npm run bench -- providers DIR');
  const all = await findMails(folder);
  const files = all.filter((_, n) => n % Math.max(1, Math.floor(all.length / MAILS)) === 0).slice(0, MAILS);
  const simulators = await startUnlimitedProviders();
  const settings = { ...OFFLINE, ...simulators.env, ...forEachProvider('TIMEOUT_SECONDS', '3') };
  const retries = { RETRY_BACKOFF_BASE_SECONDS: '5', MAX_RETRY_ATTEMPTS: '6' };
  const { client, stop } = await startPrivateFleet({ ...settings, ...retries });
  try {
    await releaseAll(client);
    trouble(simulators);
    const jobs = await submitAll(
      client,
      files.map(({ path }) => path),
    );
    const first = await Promise.all(jobs.map((jobId) => client.report(jobId)));
    say('virustotal down, abuseipdb slow, urlscan refusing, gemini answering rubbish, shodan well:');
    for (const line of tableOf(first)) say(line);
    for (const provider of PROVIDERS) simulators[provider].behave('well');
    const beganMs = performance.now();
    const last = await amended(client, jobs);
    const seconds = round((performance.now() - beganMs) / 1_000);
    say('all well again, every report amended:');
    for (const line of tableOf(last)) say(line);
    return {
      method: `whole fleet, ${files.length} mails, five simulators, first redrive after 5 s, no visits`,
      measures: {
        mails: files.length,
        partial_at_first: first.filter(({ partial }) => partial).length,
        partial_in_the_end: last.filter(({ partial }) => partial).length,
        amended: last.filter(({ revision }) => revision > 1).length,
        most_revisions: Math.max(...last.map(({ revision }) => revision)),
        score_fell: last.filter(({ score }, n) => score < (first[n]?.score ?? 0)).length,
        seconds_until_whole: seconds,
      },
    };
  } finally {
    await stop();
    await simulators.stop();
  }
}

function trouble(simulators: SimulatedProviders): void {
  simulators.virustotal.behave('down');
  simulators.abuseipdb.behave('slow', { delayMs: 5_000 });
  simulators.urlscan.behave('refusing', { retryAfterSeconds: 20 });
  simulators.gemini.behave('rubbish');
}

async function submitAll(client: Client, paths: string[]): Promise<string[]> {
  const jobs: string[] = [];
  const waiting = paths.values();
  const lane = async () => {
    for (const path of waiting) {
      const { jobId } = await client.submitMail(await readFile(path));
      await client.wait(jobId, { signal: AbortSignal.timeout(PATIENCE_MS) });
      jobs.push(jobId);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return jobs;
}

/** The reports, when none of them is partial any more for want of a provider, or when patience is over. */
async function amended(client: Client, jobs: string[]): Promise<Report[]> {
  const untilMs = performance.now() + PATIENCE_MS;
  for (;;) {
    const reports = await Promise.all(jobs.map((jobId) => client.report(jobId)));
    const isWhole = reports.every(({ answers }) =>
      answers.every(({ isKnown, status }) => isKnown !== null || status === 'not-asked'),
    );
    if (isWhole || performance.now() > untilMs) return reports;
    await pause(1_000);
  }
}

function tableOf(reports: Report[]): string[] {
  const answers = reports.flatMap((report) => report.answers);
  const rows = PROVIDERS.map((provider) => {
    const mine = answers.filter((answer) => answer.provider === provider);
    const counts = COLUMNS.map((column) => String(mine.filter(({ status }) => status === column).length).padStart(9));
    return `  ${provider.padEnd(12)}${counts.join('')}`;
  });
  return [`  ${'answers'.padEnd(12)}${COLUMNS.map((column) => column.padStart(9)).join('')}`, ...rows];
}
