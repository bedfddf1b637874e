import { createMailReader, type MailReader } from '@sluice/analyzer-worker/analysis';
import { seededRandom } from '@sluice/testkit';
import { type BenchmarkResult, quantile, round } from '../measure.ts';
import { createUseWatch } from './child.ts';
import { findFiles, readOptions, type TortureFile, type TortureOptions } from './files.ts';
import { mutate } from './mutate.ts';

/** As the analyzer has them. */
const BOUNDS = { processes: 1, timeLimitMs: 20_000, memoryMb: 512 } as const;
/** What a reading may cost; see issue 9. */
const SLOW_MS = 2_000;
const LARGE_BYTES = 256 * 2 ** 20;
const MAX_TOLD = 20;
const MOST_COSTLY = 3;

interface Outcome {
  name: string;
  /** `bounded`: the document says which bound was hit; `stopped`: the process was; `failed`: there is no document. */
  result: 'read' | 'bounded' | 'stopped' | 'failed';
  tookMs: number;
  cpuMs: number;
  peakBytes: number;
  why: string;
}

/**
 * Every file below a folder through parsing, extracting and checking in a reader's process, one after the other: what it costs, and that each gives a
 * document. With `--fuzz` damaged copies of them instead, which the seed determines.
 */
export async function runTortureBench(words: string[], say: (line: string) => void): Promise<BenchmarkResult> {
  const options = readOptions(words);
  const files = await findFiles(options.folder);
  if (files.length === 0) throw new Error(`there is no file below ${options.folder}`);
  say(
    options.fuzz === 0
      ? `${files.length} files`
      : `${options.fuzz} damaged copies of ${files.length} files, --seed ${options.seed}`,
  );
  const authentication = { trustedAuthservIds: [], dns: 'off' as const, timeLimitMs: 1_000 };
  const reader = createMailReader({ ...BOUNDS, authentication });
  const outcomes: Outcome[] = [];
  try {
    let told = 0;
    for await (const { name, bytes } of samplesOf(files, options)) {
      const outcome = await readOne(reader, name, bytes);
      outcomes.push(outcome);
      if (!isBad(outcome) || told >= MAX_TOLD) continue;
      told += 1;
      say(describe(outcome));
    }
  } finally {
    await reader.stop();
  }
  const byCost = outcomes.toSorted((left, right) => right.cpuMs - left.cpuMs);
  for (const outcome of byCost.slice(0, MOST_COSTLY)) say(`costliest: ${describe(outcome)}`);
  return {
    method: `one reader process, shipped bounds${options.fuzz === 0 ? '' : `, --seed ${options.seed}`}`,
    measures: measuresOf(outcomes),
  };
}

async function* samplesOf(files: TortureFile[], { fuzz, seed }: TortureOptions) {
  if (fuzz === 0) {
    for (const file of files) yield { name: file.name, bytes: file.asMail(await file.read()) };
    return;
  }
  for (let number = 0; number < fuzz; number += 1) {
    // A seed for each copy: one can be repeated without those before it.
    const random = seededRandom(seed + number);
    const pick = () => files[Math.floor(random() * files.length)] as TortureFile;
    const [file, other] = [pick(), pick()];
    const bytes = mutate(await file.read(), await other.read(), random);
    yield { name: `${file.name} (--fuzz 1 --seed ${seed + number})`, bytes: file.asMail(bytes) };
  }
}

async function readOne(reader: MailReader, name: string, bytes: Buffer): Promise<Outcome> {
  const watch = createUseWatch();
  watch.begin();
  const beganMs = performance.now();
  const outcome = (result: Outcome['result'], why: string): Outcome => ({
    name,
    result,
    why,
    tookMs: performance.now() - beganMs,
    ...watch.end(),
  });
  const { signal } = new AbortController();
  try {
    const document = await reader.parse(bytes, signal);
    const indicators = await reader.extract(document, signal);
    const findings = await reader.check(document, indicators, signal);
    const limits = [...document.limits, ...indicators.limits].map(({ limit }) => limit);
    const isStopped =
      limits.some((limit) => limit.startsWith('parse-') || limit === 'attachment-memory') ||
      findings.some(({ id }) => id === 'checks.unfinished');
    if (isStopped) return outcome('stopped', limits.join(' '));
    return outcome(limits.length > 0 ? 'bounded' : 'read', limits.join(' '));
  } catch (error) {
    return outcome('failed', String(error));
  }
}

/** Failed, stopped, or costlier than it may be. */
function isBad({ result, cpuMs, peakBytes }: Outcome): boolean {
  return result === 'failed' || result === 'stopped' || cpuMs > SLOW_MS || peakBytes > LARGE_BYTES;
}

function describe({ name, result, cpuMs, tookMs, peakBytes, why }: Outcome): string {
  return `${result}: ${name}: ${cpuMs} ms of processor time, ${Math.round(tookMs)} ms, ${megabytes(peakBytes)} MB ${why}`;
}

function measuresOf(outcomes: Outcome[]) {
  const cpu = outcomes.map(({ cpuMs }) => cpuMs);
  const took = outcomes.map(({ tookMs }) => tookMs);
  const peaks = outcomes.map(({ peakBytes }) => peakBytes);
  const count = (result: Outcome['result']) => outcomes.filter((outcome) => outcome.result === result).length;
  return {
    files: outcomes.length,
    read: count('read'),
    bounded: count('bounded'),
    stopped: count('stopped'),
    failed: count('failed'),
    over_2_s: took.filter((ms) => ms > SLOW_MS).length,
    over_2_s_of_cpu: cpu.filter((ms) => ms > SLOW_MS).length,
    over_256_mb: peaks.filter((bytes) => bytes > LARGE_BYTES).length,
    p50_ms: round(quantile(took, 0.5)),
    p95_ms: round(quantile(took, 0.95)),
    slowest_ms: round(Math.max(...took)),
    slowest_cpu_ms: Math.max(...cpu),
    peak_mb: megabytes(Math.max(...peaks)),
  };
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}
