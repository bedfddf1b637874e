import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { createMailReader, type MailReader } from '@sluice/analyzer-worker/analysis';
import { findMails } from '../corpus/files.ts';
import { type BenchmarkResult, type Measures, round } from '../measure.ts';
import { createUseWatch } from '../torture/child.ts';
import { measureYara, profileTasks } from './profile.ts';

type Say = (line: string) => void;

/** As the analyzer has them, without DNS. */
const READING: Omit<Parameters<typeof createMailReader>[0], 'processes'> = {
  timeLimitMs: 20_000,
  memoryMb: 512,
  authentication: { trustedAuthservIds: [], dns: 'off', timeLimitMs: 1_000 },
};
const MAILS = 1_000;
/** For the profile; see `measureReaders`. */
const WARM_MAILS = 300;
/** Mails under way for each process, so that none waits for this one. */
const MAILS_A_PROCESS = 2;
const USAGE = 'usage: npm run bench -- analysis DIR [--mails NUMBER]';

/**
 * Parsing, extracting and checking (the model included) without fleet, network and YARA rules: mails/s with one and with two reader processes, where
 * the time of one process goes, and what the YARA rules would cost besides. Takes a folder; of its mails 1,000 or `--mails`, evenly spread.
 */
export async function runAnalysisBench(words: string[], say: Say): Promise<BenchmarkResult> {
  const mails = await mailsOf(words);
  const measures: Measures = { mails: mails.length };
  for (const processes of [1, 2]) {
    const { mailsPerSecond, cpuMs } = await measureReaders(processes, mails);
    say(`${processes} reader processes: ${mailsPerSecond} mails/s, ${cpuMs} ms of CPU time a mail`);
    measures[`mails_per_s_${processes}`] = mailsPerSecond;
    measures[`cpu_ms_a_mail_${processes}`] = cpuMs;
  }
  say('where the time of one process goes:');
  for (const { part, share } of await profileTasks(mails, WARM_MAILS)) {
    say(`  ${part}: ${share.toFixed(1)} %`);
  }
  const yara = await measureYara(mails);
  say(`YARA rules of the house: ${yara.filed} mails with files, ${yara.cpuMs} ms of CPU time more for each`);
  measures.yara_cpu_ms_a_mail_with_files = yara.cpuMs;
  return {
    method: `parse, extract and check with the shipped model, warmed up with the same mails, ${MAILS_A_PROCESS} mails under way a process; the profile is V8's, by the nearest caller`,
    measures,
  };
}

async function mailsOf(words: string[]): Promise<Buffer[]> {
  const { values, positionals } = parseArgs({
    args: words,
    options: { mails: { type: 'string' } },
    allowPositionals: true,
  });
  const [folder] = positionals;
  const most = Number(values.mails ?? MAILS);
  if (folder === undefined || !Number.isInteger(most) || most < 1) throw new Error(USAGE);
  const files = await findMails(folder);
  if (files.length === 0) throw new Error(`there is no .eml file below ${folder}`);
  const step = Math.max(1, files.length / most);
  const picked = Array.from({ length: Math.min(most, files.length) }, (_, index) => files[Math.floor(index * step)]);
  return await Promise.all(picked.flatMap((file) => (file === undefined ? [] : [readFile(file.path)])));
}

/** Each process reads about as many mails before the clock starts: it compiles more than it reads for the first some hundred, and then lives for thousands. */
async function measureReaders(processes: number, mails: readonly Buffer[]) {
  const reader = createMailReader({ ...READING, processes });
  const lanes = processes * MAILS_A_PROCESS;
  try {
    for (let pass = 0; pass < processes; pass += 1) await readAll(reader, mails, lanes);
    const watch = createUseWatch();
    watch.begin();
    const beganMs = performance.now();
    await readAll(reader, mails, lanes);
    const seconds = (performance.now() - beganMs) / 1_000;
    return { mailsPerSecond: round(mails.length / seconds), cpuMs: round(watch.end().cpuMs / mails.length, 2) };
  } finally {
    await reader.stop();
  }
}

async function readAll(reader: MailReader, mails: readonly Buffer[], lanes: number): Promise<void> {
  const { signal } = new AbortController();
  const waiting = mails.values();
  const lane = async () => {
    for (const bytes of waiting) {
      const document = await reader.parse(bytes, signal);
      const indicators = await reader.extract(document, signal);
      await reader.check(document, indicators, signal);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}
