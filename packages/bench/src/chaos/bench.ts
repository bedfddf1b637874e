import type { BenchmarkResult, Measures } from '../measure.ts';
import { deadlyTask } from './deadly-fault.ts';
import { duplicates } from './duplicate-fault.ts';
import type { Fault, OwnFault, Row, Scale } from './fault.ts';
import { RECORD_FAULTS } from './record-faults.ts';
import { REDIS_FAULTS } from './redis-faults.ts';
import { runFault } from './run.ts';
import { SERVICE_FAULTS } from './service-faults.ts';
import { measureSync } from './sync.ts';
import { headOf, lineOf } from './table.ts';
import { startWorld, type World } from './world.ts';

const FAULTS: readonly (Fault | OwnFault)[] = [
  ...SERVICE_FAULTS,
  duplicates,
  ...RECORD_FAULTS,
  ...REDIS_FAULTS,
  deadlyTask,
];

const FULL: Scale = { isQuick: false, aroundMs: 4_000, perSecond: 4, lasting: (fullMs) => fullMs };
const QUICK: Scale = { isQuick: true, aroundMs: 1_500, perSecond: 4, lasting: (_fullMs, quickMs) => quickMs };

interface Wish {
  faults: readonly (Fault | OwnFault)[];
  scale: Scale;
  measuresSync: boolean;
}

/**
 * `npm run chaos [-- --fault NAME]… [--quick]`: breaks one thing after the other under load and holds every accepted mail against what it should have become. Exit
 * code 1 where anything was lost, doubled, or too slow in coming back.
 */
export async function runChaosBench(words: string[], say: (line: string) => void): Promise<BenchmarkResult> {
  const { faults, scale, measuresSync } = readWish(words);
  const rows = await breakThings(faults, scale, say);
  for (const line of ['', headOf(), ...rows.map(lineOf)]) say(line);
  const failures = rows.flatMap(({ fault, failures: why }) => why.map((reason) => `${fault}: ${reason}`));
  for (const failure of failures) say(`FAILED ${failure}`);
  const sync = measuresSync
    ? await measureSync(scale.isQuick ? { rounds: 1, jobs: 500 } : { rounds: 3, jobs: 2_000 }, say)
    : {};
  if (failures.length > 0) process.exitCode = 1;
  return {
    method: `whole fleet on loopback, two analyzers, ${scale.perSecond} mails a second, each asking one provider with a strict quota; every accepted mail is held against its log and report`,
    measures: { ...sumOf(rows), ...sync },
  };
}

/** The rows of these faults, one after the other. Faults in the same surroundings share a fleet as long as none of them fails. */
async function breakThings(
  faults: readonly (Fault | OwnFault)[],
  scale: Scale,
  say: (line: string) => void,
): Promise<Row[]> {
  const rows: Row[] = [];
  let world: World | null = null;
  /** The fleet of the fault before, where it fits and nothing went wrong in it. */
  async function worldFor({ surroundings }: Fault): Promise<World> {
    const isGood = (rows.at(-1)?.failures.length ?? 0) === 0;
    if (world !== null && world.servers.kind === surroundings && isGood) return world;
    await world?.stop();
    world = null;
    world = await startWorld(surroundings, say);
    return world;
  }
  try {
    for (const fault of faults) {
      say(`${fault.name}: ${fault.what}`);
      const row = await ('run' in fault
        ? fault.run()
        : worldFor(fault).then((it) => runFault(it, fault, scale, say))
      ).catch((error: unknown) => brokenRow(fault.name, error));
      rows.push(row);
      say(`  ${lineOf(row)}`);
      for (const reason of row.failures) say(`  FAILED ${reason}`);
    }
  } finally {
    await (world as World | null)?.stop();
  }
  return rows;
}

/** Of a fault after which nothing could be looked at any more. */
function brokenRow(fault: string, error: unknown): Row {
  const none = { accepted: 0, finished: 0, lost: 0, doubled: 0, breaches: 0, seconds: 0, note: '' };
  return { fault, ...none, failures: [error instanceof Error ? error.message : String(error)] };
}

function readWish(words: readonly string[]): Wish {
  const named = words.flatMap((word, at) => (words[at - 1] === '--fault' ? [word] : []));
  const strange = words.filter((word, at) => !['--fault', '--quick'].includes(word) && words[at - 1] !== '--fault');
  const unknown = named.filter((name) => !FAULTS.some((fault) => fault.name === name) && name !== 'sync');
  if (strange.length + unknown.length > 0) {
    const names = [...FAULTS.map(({ name }) => name), 'sync'].join(', ');
    throw new Error(`usage: npm run chaos [-- --fault NAME]… [--quick]; NAME is one of ${names}`);
  }
  const isQuick = words.includes('--quick');
  const faults = named.length === 0 ? FAULTS : FAULTS.filter(({ name }) => named.includes(name));
  return { faults, scale: isQuick ? QUICK : FULL, measuresSync: named.length === 0 || named.includes('sync') };
}

function sumOf(rows: readonly Row[]): Measures {
  const sum = (value: (row: Row) => number) => rows.reduce((total, row) => total + value(row), 0);
  return {
    faults: rows.length,
    accepted: sum(({ accepted }) => accepted),
    finished: sum(({ finished }) => finished),
    lost: sum(({ lost }) => lost),
    doubled: sum(({ doubled }) => doubled),
    breaches: sum(({ breaches }) => breaches),
    slowest_recovery_s: Math.max(0, ...rows.map(({ seconds }) => seconds)),
    failed: rows.filter(({ failures }) => failures.length > 0).length,
  };
}
