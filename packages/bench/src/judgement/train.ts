import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { calibrate, packModel, rawScore, trainWeights, vectorOf, writeModel } from '@sluice/judgement/train';
import { type BenchmarkResult, round } from '../measure.ts';
import { type Analysed, analyseFolder, analyseOwn } from './analyse.ts';
import { exampleOf, foldsByCluster, judgedOf } from './held-out.ts';
import { readManifest } from './manifest.ts';

const DEFAULT_OUT = fileURLToPath(new URL('../../../judgement/model/mail-model.json', import.meta.url));

/** Trains on the minimal view of a folder and on our own mails; draws the lines on what five models have not seen. The same folder gives the same file. */
export async function runTraining(words: string[], say: (line: string) => void): Promise<BenchmarkResult> {
  const [folder] = words;
  if (folder === undefined) throw new Error('usage: npm run bench -- judgement train DIR [--out FILE]');
  const out = words.includes('--out') ? (words[words.indexOf('--out') + 1] ?? DEFAULT_OUT) : DEFAULT_OUT;
  const { analysed } = await analyseFolder(folder, await readManifest(folder), 'minimal');
  const own = await analyseOwn();
  const all = [...analysed, ...own];
  const calibration = calibrate(heldOutScores(analysed, own));
  const model = packModel(trainWeights(all.map(exampleOf)), calibration, {
    sources: [...Map.groupBy(all, ({ entry }) => entry.source)].map(([name, some]) => ({
      name,
      bad: some.filter(({ entry }) => entry.label !== 'ham').length,
      honest: some.filter(({ entry }) => entry.label === 'ham').length,
    })),
    note: 'Weights of hashed features; no mail can be read from them. Trained on the minimal view. Part of the mails is licensed for non-commercial use (phishing_pot, CC BY-NC 4.0).',
  });
  const text = writeModel(model);
  await writeFile(out, text);
  say(`written to ${out}`);
  const { suspicious, strong, honest } = calibration;
  return {
    method: `trained on ${analysed.length} mails and ${own.length} of our own; lines drawn on held-out mails of five folds by cluster`,
    measures: {
      bytes: text.length,
      suspicious: round(suspicious, 2),
      strong: round(strong, 2),
      honest: round(honest, 2),
    },
  };
}

function heldOutScores(analysed: readonly Analysed[], own: readonly Analysed[]) {
  const foldOf = foldsByCluster(analysed);
  return [...Map.groupBy(analysed, ({ entry }) => foldOf(entry)).entries()].flatMap(([fold, held]) => {
    const others = analysed.filter(({ entry }) => foldOf(entry) !== fold);
    const weights = trainWeights([...others, ...own].map(exampleOf));
    return held.map(({ entry, features }) => judgedOf(entry, rawScore(weights, vectorOf(features))));
  });
}
