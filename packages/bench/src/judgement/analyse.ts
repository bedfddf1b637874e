import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { examineMail, extractIndicators, parseMail } from '@sluice/analyzer-worker/analysis';
import type { Finding } from '@sluice/contracts';
import { featuresOf } from '@sluice/judgement';
import { makeTrainingMails } from '@sluice/judgement/training';
import type { Entry } from './manifest.ts';
import { minimalView } from './minimal.ts';

export type View = 'raw' | 'minimal';

export type Analysed = { entry: Entry; features: string[]; findings: Finding[] };

/** CPU ms that each step took, over all mails. */
export type Profile = { parse: number; extract: number; check: number; features: number };

export const OWN_SOURCE = 'written for training';
/** Mails of each scene of ours, and what they are drawn with. */
const OWN = { seed: 7, each: 16 } as const;

export async function analyseFolder(
  folder: string,
  entries: readonly Entry[],
  view: View,
): Promise<{ analysed: Analysed[]; profile: Profile }> {
  const profile: Profile = { parse: 0, extract: 0, check: 0, features: 0 };
  const analysed: Analysed[] = [];
  for (const entry of entries) {
    const bytes = await readFile(join(folder, entry.path));
    analysed.push(await analyse(entry, view === 'raw' ? bytes : minimalView(bytes), profile));
  }
  return { analysed, profile };
}

/** The mails that we have written ourselves: always for training, never for judging. */
export async function analyseOwn(): Promise<Analysed[]> {
  const analysed: Analysed[] = [];
  const profile: Profile = { parse: 0, extract: 0, check: 0, features: 0 };
  for (const [index, { isHonest, scene, source }] of makeTrainingMails(OWN.seed, OWN.each).entries()) {
    const entry: Entry = {
      path: `${index}`,
      label: isHonest ? 'ham' : 'phish',
      source: OWN_SOURCE,
      year: null,
      kind: scene,
      era: 'modern',
      isBrand: false,
      cluster: `own ${index}`,
    };
    analysed.push(await analyse(entry, Buffer.from(source), profile));
  }
  return analysed;
}

async function analyse(entry: Entry, bytes: Uint8Array, profile: Profile): Promise<Analysed> {
  const clock = startClock(profile);
  const document = await parseMail(bytes);
  clock('parse');
  const indicators = extractIndicators(document);
  clock('extract');
  const { findings, facts } = examineMail(document, indicators);
  clock('check');
  const features = facts === null ? [] : featuresOf(facts);
  clock('features');
  return { entry, features, findings };
}

function startClock(profile: Profile): (step: keyof Profile) => void {
  let before = process.cpuUsage();
  return (step) => {
    const spent = process.cpuUsage(before);
    profile[step] += (spent.user + spent.system) / 1_000;
    before = process.cpuUsage();
  };
}
