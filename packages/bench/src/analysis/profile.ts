import { type Profiler, Session } from 'node:inspector/promises';
import { findRuleFiles, loadReaderTasks } from '@sluice/analyzer-worker/analysis';
import { round } from '../measure.ts';

type ReaderTasks = Awaited<ReturnType<typeof loadReaderTasks>>;

export interface Share {
  part: string;
  /** Per cent of the processor time. */
  share: number;
}

/** A part by the file that is running, or that called what is running; the first that fits. */
const PARTS: readonly [string, RegExp][] = [
  ['HTML: building the tree (parse5)', /node_modules\/parse5\//],
  ['MIME (postal-mime)', /node_modules\/postal-mime\//],
  ['links in text (linkify-it)', /node_modules\/linkify-it\//],
  ['PDF (pdf.js)', /node_modules\/pdfjs-dist\//],
  ['QR and other codes (ZXing)', /node_modules\/zxing-wasm\//],
  ['archives (libarchive)', /node_modules\/libarchive-wasm\//],
  ['owners of domains (tldts)', /node_modules\/tldts/],
  ['kinds of files (file-type)', /node_modules\/(?:file-type|strtok3|token-types)\//],
  ['other libraries', /node_modules\//],
  ['model: phrases of intents', /judgement\/src\/intents\.ts/],
  ['model: words', /judgement\/src\/words\.ts/],
  ['model: traits', /judgement\/src\/trait/],
  ['model: the rest', /judgement\/src\//],
  ['HTML: reading the tree', /mail\/(?:html|html-attributes|css|visibility)\.ts/],
  ['checks: brands', /checks\/brand/],
  ['checks: the rest', /analyzer-worker\/src\/checks\//],
  ['opening of attachments', /analyzer-worker\/src\/documents\//],
  ['links unwrapped', /mail\/unwrap\//],
  ['reading of mails', /analyzer-worker\/src\//],
];

/** Where the processor time of this process goes while it does what a reader's process does, the largest part first. */
export async function profileTasks(mails: readonly Buffer[], warmMails: number): Promise<Share[]> {
  const tasks = await loadReaderTasks();
  for (const bytes of mails.slice(0, warmMails)) await readOne(tasks, bytes);
  const session = new Session();
  session.connect();
  try {
    await session.post('Profiler.enable');
    await session.post('Profiler.start');
    for (const bytes of mails) await readOne(tasks, bytes);
    return sharesOf((await session.post('Profiler.stop')).profile);
  } finally {
    session.disconnect();
  }
}

/** What our YARA rules cost a mail that carries files, which are the only ones they are asked of. */
export async function measureYara(mails: readonly Buffer[]): Promise<{ filed: number; cpuMs: number }> {
  const { parse, scanFiles } = await loadReaderTasks();
  const { files } = await findRuleFiles();
  let filed = 0;
  let spentMs = 0;
  for (const bytes of mails) {
    const document = await parse({ bytes });
    if (!document.mails.some(({ attachments }) => attachments.length > 0)) continue;
    // The first scan compiles the rules, and is not counted.
    if (filed === 0) await scanFiles({ bytes, document, files });
    const before = process.cpuUsage();
    await scanFiles({ bytes, document, files });
    const { user, system } = process.cpuUsage(before);
    filed += 1;
    spentMs += (user + system) / 1_000;
  }
  return { filed, cpuMs: filed === 0 ? 0 : round(spentMs / filed) };
}

async function readOne({ parse, extract, check }: ReaderTasks, bytes: Buffer): Promise<void> {
  const document = await parse({ bytes });
  const indicators = extract({ document });
  check({ document, indicators, model: 'shipped' });
}

function sharesOf({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): Share[] {
  const partById = partsOf(nodes);
  const spent = new Map<string, number>();
  for (const [index, id] of samples.entries()) {
    const part = partById.get(id) ?? 'the runtime';
    if (part !== '(idle)') spent.set(part, (spent.get(part) ?? 0) + (timeDeltas[index] ?? 0));
  }
  const all = [...spent.values()].reduce((sum, one) => sum + one, 0);
  return [...spent]
    .map(([part, one]) => ({ part, share: (100 * one) / all }))
    .toSorted((left, right) => right.share - left.share);
}

/** The part of each node of the tree of calls: its own, else that of its caller. A node stands before its children. */
function partsOf(nodes: readonly Profiler.ProfileNode[]): Map<number, string> {
  const parts = new Map<number, string>();
  for (const { id, callFrame, children = [] } of nodes) {
    const own = partOf(callFrame) ?? parts.get(id) ?? 'the runtime';
    parts.set(id, own);
    for (const child of children) parts.set(child, own);
  }
  return parts;
}

function partOf({ functionName, url }: { functionName: string; url: string }): string | null {
  if (functionName === '(garbage collector)') return 'collecting garbage';
  if (functionName === '(idle)') return functionName;
  return PARTS.find(([, pattern]) => pattern.test(url))?.[0] ?? null;
}
