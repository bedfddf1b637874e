import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { calibrate, packModel, trainWeights, writeModel } from '@sluice/judgement/train';
import { type BenchmarkResult, round } from '../measure.ts';
import { analyseFolder, analyseOwn } from './analyse.ts';
import { exampleOf, foldsByCluster, heldOutScores, isLined, judgedOf } from './held-out.ts';
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
  const raws = heldOutScores(analysed, own, foldsByCluster(analysed));
  const lined = [...analysed, ...own.filter(isLined)];
  const calibration = calibrate(lined.map((one) => judgedOf(one.entry, raws.get(one) ?? 0)));
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
    method: `trained on ${analysed.length} mails and ${own.length} of our own; lines drawn on held-out mails of five folds by cluster and scene`,
    measures: {
      bytes: text.length,
      suspicious: round(suspicious, 2),
      strong: round(strong, 2),
      honest: round(honest, 2),
    },
  };
}
