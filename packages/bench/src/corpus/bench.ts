import type { Client } from '@sluice/client';
import { type BenchmarkResult, quantile, round } from '../measure.ts';
import { watchMemory } from '../processes.ts';
import { startPrivateFleet } from '../private-fleet.ts';
import { OFFLINE } from '../simulators.ts';
import { type CorpusFile, findMails } from './files.ts';
import { type Outcome, scanFile } from './outcome.ts';
import { tableOf } from './table.ts';

const AT_ONCE = 16;

/** Every mail below a folder through the whole fleet, which asks nobody and opens no link: a report or a clear refusal for each. Takes the folder as its argument. */
export async function runCorpusBench(words: string[], say: (line: string) => void): Promise<BenchmarkResult> {
  const [folder] = words;
  if (folder === undefined) throw new Error('usage: npm run bench -- corpus DIR');
  const files = await findMails(folder);
  if (files.length === 0) throw new Error(`there is no .eml file below ${folder}`);
  say(`${files.length} mails, ${AT_ONCE} at once`);
  const { client, fleet, stop } = await startPrivateFleet(OFFLINE);
  try {
    const memory = watchMemory(() => fleet.processes().map(({ pid }) => pid));
    const beganMs = performance.now();
    const outcomes = await scanAll(client, files);
    const seconds = (performance.now() - beganMs) / 1_000;
    const peakBytes = memory.stop();
    const stats = await client.stats();
    for (const line of tableOf(outcomes)) say(line);
    for (const { path, reason } of outcomes.filter(({ result }) => result === 'failed').slice(0, 20))
      say(`failed: ${path}: ${reason}`);
    return {
      method: `whole fleet, no key, no DNS, no link opened, else shipped defaults, ${AT_ONCE} mails at once`,
      measures: measuresOf(outcomes, seconds, peakBytes, stats.jobs.open),
    };
  } finally {
    await stop();
  }
}

async function scanAll(client: Client, files: CorpusFile[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const waiting = files.values();
  const lane = async () => {
    for (const file of waiting) outcomes.push(await scanFile(client, file));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return outcomes;
}

function measuresOf(outcomes: Outcome[], seconds: number, peakBytes: number, stuck: number) {
  const took = outcomes.map(({ tookMs }) => tookMs);
  const count = (result: Outcome['result']) => outcomes.filter((outcome) => outcome.result === result).length;
  return {
    mails: outcomes.length,
    clean: count('clean'),
    suspicious: count('suspicious'),
    malicious: count('malicious'),
    refused: count('refused'),
    failed: count('failed'),
    stuck_jobs: stuck,
    mails_per_s: round(outcomes.length / seconds),
    p50_ms: round(quantile(took, 0.5)),
    p95_ms: round(quantile(took, 0.95)),
    slowest_ms: round(Math.max(...took)),
    fleet_peak_mb: Math.round(peakBytes / 2 ** 20),
  };
}
