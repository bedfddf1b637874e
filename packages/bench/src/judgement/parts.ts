import { detection } from './figures.ts';
import type { Analysed } from './analyse.ts';
import { judgeHeldOut } from './held-out.ts';
import { isEveryday, isRecentPhishing } from './manifest.ts';

/** What may be left out: features by their first letters (see `featuresOf`), findings by how their names begin, or the model's voice as a whole. */
type Part = { name: string; features?: string; findings?: readonly string[]; isModel?: true };

const PARTS: readonly Part[] = [
  { name: 'nothing' },
  { name: 'the model', isModel: true },
  { name: 'model: words and pairs of words', features: 'wbsn' },
  { name: 'model: pairs of words', features: 'b' },
  { name: 'model: traits', features: 't' },
  { name: 'model: intents', features: 'i' },
  { name: 'checks of the sender', findings: ['sender.', 'domain.', 'header.', 'auth.'] },
  { name: 'checks of intent', findings: ['text.'] },
  { name: 'checks of links', findings: ['url.', 'link.', 'ip.', 'qr.'] },
  { name: 'checks of forms, scripts, attachments', findings: ['form.', 'html.', 'attachment.'] },
  { name: 'all checks', findings: [''] },
];

const TITLE = 'left out (whole sources left out of training)'.padEnd(46);
const HEAD = `${TITLE}${'phishing 1 %'.padStart(14)}${'brand 1 %'.padStart(11)}${'0.1 %'.padStart(8)}${'everyday flagged'.padStart(18)}`;

/** What each part adds: the figures by the report's score with one part left out at a time. A part that can be left out without loss has no reason to be there. */
export function partLines(analysed: readonly Analysed[], own: readonly Analysed[]): string[] {
  return [HEAD, ...PARTS.map((part) => lineOf(part, analysed, own))];
}

function lineOf(part: Part, analysed: readonly Analysed[], own: readonly Analysed[]): string {
  const less = (some: readonly Analysed[]) => some.map((one) => without(part, one));
  const judged = judgeHeldOut(less(analysed), less(own), ({ source }) => source, {
    isModelHeard: part.isModel !== true,
  });
  const found = (rate: number, isWanted = isRecentPhishing) =>
    `${detection(judged, 'score', rate, isWanted).toFixed(1)} %`;
  const everyday = judged.filter(({ entry }) => isEveryday(entry));
  const flagged = everyday.filter(({ verdict }) => verdict !== 'clean').length;
  const brand = found(0.01, (entry) => isRecentPhishing(entry) && entry.isBrand);
  return `${part.name.padEnd(46)}${found(0.01).padStart(14)}${brand.padStart(11)}${found(0.001).padStart(8)}${`${flagged} of ${everyday.length}`.padStart(18)}`;
}

function without({ features = '', findings = [] }: Part, one: Analysed): Analysed {
  return {
    entry: one.entry,
    features: one.features.filter(([kind = '']) => !features.includes(kind)),
    findings: one.findings.filter(({ id }) => !findings.some((start) => id.startsWith(start))),
  };
}
