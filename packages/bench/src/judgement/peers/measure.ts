import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Measures, round } from '../../measure.ts';
import type { View } from '../analyse.ts';
import { detection, rocLines, type Scored } from '../figures.ts';
import { type Entry, isEveryday, isRecentPhishing } from '../manifest.ts';
import { minimalView } from '../minimal.ts';
import type { Peer } from './peer.ts';
import { startRspamd } from './rspamd.ts';
import { startSpamAssassin } from './spamassassin.ts';

/** At once: both programs have two workers. */
const AT_ONCE = 2;

interface Mail {
  entry: Entry;
  /** Of the view. */
  path: string;
}

/**
 * The same mails judged by other programs of Debian's, where they are installed: as they come, and with their Bayes filter taught one half of the
 * mails and asked about the other, near-duplicates in one half.
 */
export async function measurePeers(
  folder: string,
  entries: readonly Entry[],
  view: View,
  say: (line: string) => void,
): Promise<Measures> {
  const home = await mkdtemp(join(tmpdir(), 'sluice-mails-'));
  const measures: Measures = {};
  try {
    const mails = await writeView(home, folder, entries, view);
    for (const start of [startSpamAssassin, startRspamd]) {
      const peer = await start();
      if (peer === null) {
        say('another program is not installed: Debian has spamassassin with spamd, and rspamd');
        continue;
      }
      try {
        Object.assign(measures, await measure(peer, mails, view, say));
      } finally {
        await peer.stop();
      }
    }
    return measures;
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

async function writeView(home: string, folder: string, entries: readonly Entry[], view: View): Promise<Mail[]> {
  const mails: Mail[] = [];
  for (const [index, entry] of entries.entries()) {
    const path = join(home, `${index}.eml`);
    const bytes = await readFile(join(folder, entry.path));
    await writeFile(path, view === 'raw' ? bytes : minimalView(bytes));
    mails.push({ entry, path });
  }
  return mails;
}

async function measure(peer: Peer, mails: readonly Mail[], view: View, say: (line: string) => void): Promise<Measures> {
  const beganMs = performance.now();
  const installed = await scoreAll(peer, mails);
  const perSecond = (1_000 * mails.length) / (performance.now() - beganMs);
  tell(`${peer.name} as installed, ${view}`, peer, installed, say);
  const trained: Scored[] = [];
  for (const half of [0, 1]) {
    await peer.forget();
    const [taught, asked] = [half, 1 - half].map((side) => mails.filter(({ entry }) => sideOf(entry) === side));
    for (const label of ['spam', 'ham'] as const) {
      const paths = (taught ?? []).filter(({ entry }) => (entry.label === 'ham') === (label === 'ham'));
      await peer.learn(
        paths.map(({ path }) => path),
        label,
      );
    }
    trained.push(...(await scoreAll(peer, asked ?? [])));
  }
  tell(`${peer.name}, taught the other half, ${view}`, peer, trained, say);
  const name = `${view}_${(peer.name.split(' ')[0] ?? '').toLowerCase()}`;
  return {
    [`${name}_mails_per_s`]: round(perSecond, 1),
    [`${name}_phish_at_1_percent`]: round(detection(installed, 'score', 0.01, isRecentPhishing)),
    [`${name}_taught_phish_at_1_percent`]: round(detection(trained, 'score', 0.01, isRecentPhishing)),
  };
}

/** Which half a mail is in; near-duplicates are in the same. */
function sideOf({ cluster }: Entry): number {
  let sum = 0;
  for (const character of cluster) sum += character.codePointAt(0) ?? 0;
  return sum % 2;
}

async function scoreAll(peer: Peer, mails: readonly Mail[]): Promise<Scored[]> {
  const scored: Scored[] = [];
  const left = mails.values();
  const work = async () => {
    for (const { entry, path } of left) {
      // What it cannot read at all it lets through.
      const score = await peer.score(await readFile(path)).catch(() => 0);
      scored.push({ entry, score, raw: score });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return scored;
}

function tell(title: string, { threshold }: Peer, scored: readonly Scored[], say: (line: string) => void): void {
  say(title);
  for (const line of rocLines(scored, 'score')) say(`  ${line}`);
  const everyday = scored.filter(({ entry }) => isEveryday(entry));
  const flagged = everyday.filter(({ score }) => score >= threshold);
  say(`  everyday mails flagged at its own line of ${threshold}: ${flagged.length} of ${everyday.length}`);
}
