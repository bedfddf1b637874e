import { type BenchmarkResult, type Measures, round } from '../measure.ts';
import { type Analysed, analyseFolder, analyseOwn, type Profile, type View } from './analyse.ts';
import { areaUnderCurve, detection, reliabilityLines, rocLines, verdictLines } from './figures.ts';
import { foldsByCluster, type HeldOut, judgeHeldOut } from './held-out.ts';
import { type Entry, isRecentPhishing, readManifest } from './manifest.ts';
import { partLines } from './parts.ts';
import { measurePeers } from './peers/measure.ts';
import { runShipped } from './shipped.ts';
import { runTraining } from './train.ts';

type Say = (line: string) => void;

const USAGE =
  'usage: npm run bench -- judgement DIR [--raw] [--parts] [--peers] | judgement shipped DIR [--raw] | judgement train DIR [--out FILE]';

/** How well mails are judged by models that have not seen their source, nor in a second table their like. Takes a folder with a `manifest.tsv`. */
export async function runJudgementBench(words: string[], say: Say): Promise<BenchmarkResult> {
  const [first, ...rest] = words;
  if (first === undefined) throw new Error(USAGE);
  if (first === 'train') return await runTraining(rest, say);
  if (first === 'shipped') return await runShipped(rest, say);
  const entries = await readManifest(first);
  if (entries.length === 0) throw new Error(`there is no mail in the manifest of ${first}`);
  const own = await analyseOwn();
  const measures: Measures = { mails: entries.length, own_mails: own.length };
  for (const view of words.includes('--raw') ? (['minimal', 'raw'] as const) : (['minimal'] as const)) {
    say(`view: ${view}`);
    const { analysed, profile } = await analyseFolder(first, entries, view);
    sayProfile(profile, entries.length, say);
    Object.assign(measures, measureView(view, analysed, own, say));
    if (words.includes('--parts')) for (const line of partLines(analysed, own)) say(line);
    if (words.includes('--peers')) Object.assign(measures, await measurePeers(first, entries, view, say));
  }
  const method =
    'every mail judged by a model that has seen nothing of its source (or of its cluster of near-duplicates, in five folds); lines drawn on the other folds; our own mails for training and for drawing the lines, never judged; CPU time of one process';
  return { method, measures };
}

function measureView(view: View, analysed: readonly Analysed[], own: readonly Analysed[], say: Say): Measures {
  const measures: Measures = {};
  const schemes: [string, (entry: Entry) => string][] = [
    ['source', ({ source }) => source],
    ['cluster', foldsByCluster(analysed)],
  ];
  for (const [scheme, foldOf] of schemes) {
    const judged = judgeHeldOut(analysed, own, foldOf);
    say(
      `${view}, whole ${scheme === 'source' ? 'sources left out' : 'clusters of near-duplicates left out, in five folds'}`,
    );
    for (const line of tablesOf(judged)) say(`  ${line}`);
    measures[`${view}_${scheme}_phish_at_1_percent`] = round(detection(judged, 'score', 0.01, isRecentPhishing));
    measures[`${view}_${scheme}_auc`] = round(areaUnderCurve(judged, 'score'), 4);
  }
  return measures;
}

function tablesOf(judged: readonly HeldOut[]): string[] {
  return [
    'by the score of the report:',
    ...rocLines(judged, 'score'),
    'by the model alone:',
    ...rocLines(judged, 'raw'),
    `AUC ${areaUnderCurve(judged, 'score').toFixed(4)}, of the model alone ${areaUnderCurve(judged, 'raw').toFixed(4)}`,
    ...reliabilityLines(judged),
    ...verdictLines(judged),
  ];
}

function sayProfile(profile: Profile, mails: number, say: Say): void {
  const all = Object.values(profile).reduce((sum, ms) => sum + ms, 0);
  const parts = Object.entries(profile).map(([step, ms]) => `${step} ${Math.round((100 * ms) / all)} %`);
  say(`analysis alone: ${Math.round((1_000 * mails) / all)} mails/s of CPU time in one process (${parts.join(', ')})`);
}
