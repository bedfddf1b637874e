import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkMail, extractIndicators, parseMail } from '@sluice/analyzer-worker/analysis';
import { readModel } from '@sluice/judgement';
import { type Score, scoreFindings } from '@sluice/judgement/score';
import type { BenchmarkResult } from '../measure.ts';
import type { View } from './analyse.ts';
import { verdictLines } from './figures.ts';
import { type Entry, readManifest } from './manifest.ts';
import { minimalView } from './minimal.ts';

type Judged = { entry: Entry } & Pick<Score, 'score' | 'verdict' | 'findings'>;

const USAGE = 'usage: npm run bench -- judgement shipped DIR [--raw]';
const MOST_REASONS = 3;

/** How the mails of a folder with a `manifest.tsv` are judged as they would be in a fleet without network: by the shipped model. Says which are judged wrongly, and by what. */
export async function runShipped(words: string[], say: (line: string) => void): Promise<BenchmarkResult> {
  const [folder] = words;
  if (folder === undefined) throw new Error(USAGE);
  const judged = await judgeShipped(folder, words.includes('--raw') ? 'raw' : 'minimal');
  for (const line of verdictLines(judged)) say(line);
  for (const { entry, score, verdict, findings } of judged) {
    if ((verdict === 'clean') === (entry.label === 'ham')) continue;
    const why = findings.slice(0, MOST_REASONS).map(({ id, contribution }) => `${id} ${contribution}`);
    say(`${entry.label}, but ${verdict} (${score}): ${entry.path} ${why.join(', ')}`);
  }
  const honest = judged.filter(({ entry }) => entry.label === 'ham');
  return {
    method: 'parsed, extracted, checked and scored with the shipped model, as in a fleet that reaches nobody',
    measures: {
      honest: honest.length,
      honest_suspicious: honest.filter(({ verdict }) => verdict === 'suspicious').length,
      honest_malicious: honest.filter(({ verdict }) => verdict === 'malicious').length,
      bad: judged.length - honest.length,
      bad_clean: judged.filter(({ entry, verdict }) => entry.label !== 'ham' && verdict === 'clean').length,
    },
  };
}

/** The verdicts of a fleet without network. Throws where the model is not there. */
export async function judgeShipped(folder: string, view: View): Promise<Judged[]> {
  const model = readModel(null);
  if (model === null) throw new Error('the shipped model is not there');
  const judged: Judged[] = [];
  for (const entry of await readManifest(folder)) {
    const bytes = await readFile(join(folder, entry.path));
    const document = await parseMail(view === 'raw' ? bytes : minimalView(bytes));
    const { score, verdict, findings } = scoreFindings(checkMail(document, extractIndicators(document), model));
    judged.push({ entry, score, verdict, findings });
  }
  return judged;
}
