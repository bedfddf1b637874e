import { setTimeout as wait } from 'node:timers/promises';
import { type BenchmarkResult, type Measures, round } from '../measure.ts';
import { deadlyTask } from './deadly-fault.ts';
import { duplicates } from './duplicate-fault.ts';
import type { Fault, OwnFault, Row, Scale } from './fault.ts';
import { postgresAway } from './record-faults.ts';
import { REDIS_FAULTS } from './redis-faults.ts';
import { runFault } from './run.ts';
import { SENTINEL_FAULTS } from './sentinel-faults.ts';
import { type Place, placeOf, type Surroundings } from './servers.ts';
import { SERVICE_FAULTS } from './service-faults.ts';
import { measureSync } from './sync.ts';
import { lineOf, tableOf } from './table.ts';
import { startWorld, type World } from './world.ts';

const FAULTS: readonly (Fault | OwnFault)[] = [
  ...SERVICE_FAULTS,
  duplicates,
  postgresAway,
  ...REDIS_FAULTS,
  ...SENTINEL_FAULTS,
  deadlyTask,
];
/** In this order, so that the faults of one kind follow each other and share a fleet. */
const KINDS: readonly Surroundings[] = ['server', 'server+clock', 'cluster', 'cluster+clock', 'sentinel'];
const PLACES: readonly Place[] = ['server', 'cluster', 'sentinel'];
const SYNC = 'sync';
/** No fault begins, or goes on, after this; what is left of 25 minutes is for `sync` and the farewell. */
const FAULTS_MS = 23 * 60_000;
/** A fault that is not over by then has failed, and the next one gets a fleet of its own. */
const LONGEST_FAULT_MS = 4 * 60_000;
const FAREWELL_MS = 60_000;

const FULL: Scale = { aroundMs: 4_000, perSecond: 4, lasting: (fullMs) => fullMs };
const QUICK: Scale = { aroundMs: 1_500, perSecond: 4, lasting: (_fullMs, quickMs) => quickMs };

/** A fault, and where. */
interface Step {
  fault: Fault | OwnFault;
  on: Surroundings;
  scale: Scale;
}

interface Wish {
  steps: readonly Step[];
  isQuick: boolean;
  measuresSync: boolean;
}

/**
 * `npm run chaos [-- --fault NAME]… [--on PLACE]… [--quick]`: breaks one thing after the other under load and holds every accepted mail against what it should have
 * become, for 25 minutes at most. Exit code 1 where anything was lost, doubled, too slow in coming back, or not tried.
 */
export async function runChaosBench(words: string[], say: (line: string) => void): Promise<BenchmarkResult> {
  const { steps, isQuick, measuresSync } = readWish(words);
  const beganMs = performance.now();
  const rows = await breakThings(steps, beganMs + FAULTS_MS, say);
  if (rows.length > 0) for (const line of ['', ...tableOf(rows), '']) say(line);
  const failures = rows.flatMap(({ fault, on, failures: why }) => why.map((reason) => `${fault} (${on}): ${reason}`));
  for (const failure of failures) say(`FAILED ${failure}`);
  const sync = measuresSync
    ? await measureSync(isQuick ? { rounds: 1, jobs: 500 } : { rounds: 3, jobs: 2_000 }, say)
    : {};
  if (failures.length > 0) process.exitCode = 1;
  return {
    method: `whole fleet on loopback, two analyzers, ${FULL.perSecond} mails a second, each asking one provider with a strict quota; every id that a client was told is held against its log, report and record`,
    measures: { ...sumOf(rows), ...sync, minutes: round((performance.now() - beganMs) / 60_000) },
  };
}

/** The rows of these faults, one after the other. Faults in the same surroundings share a fleet as long as none of them fails. */
async function breakThings(steps: readonly Step[], untilMs: number, say: (line: string) => void): Promise<Row[]> {
  const rows: Row[] = [];
  let world: World | null = null;
  async function leave(): Promise<void> {
    const last = world;
    world = null;
    if (last === null) return;
    await within(FAREWELL_MS, last.stop()).catch((error: unknown) => say(`the fleet did not stop: ${String(error)}`));
  }
  /** The fleet of the fault before, where it fits and nothing went wrong in it. */
  async function worldFor(on: Surroundings): Promise<World> {
    const isGood = (rows.at(-1)?.failures.length ?? 0) === 0;
    if (world !== null && world.servers.kind === on && isGood) return world;
    await leave();
    world = await startWorld(on, say);
    return world;
  }
  const run = ({ fault, on, scale }: Step): Promise<Row> =>
    'run' in fault ? fault.run(on) : worldFor(on).then((it) => runFault(it, fault, scale));
  for (const [at, step] of steps.entries()) {
    const { fault, on } = step;
    say(`${at + 1} of ${steps.length}: ${fault.name} (${placeOf(on)}): ${fault.what}`);
    const leftMs = untilMs - performance.now();
    const row = await (leftMs > 0 ? within(Math.min(leftMs, LONGEST_FAULT_MS), run(step)) : outOfTime()).catch(
      (error: unknown) => brokenRow(fault.name, placeOf(on), error),
    );
    rows.push(row);
    say(`  ${lineOf(row)}`);
    for (const reason of row.failures) say(`  FAILED ${reason}`);
  }
  await leave();
  return rows;
}

const outOfTime = () => Promise.reject(new Error('not tried: the time was over'));

/** Throws where the work is not done by then; it is left to itself. */
async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const over = new AbortController();
  const alarm = wait(ms, undefined, { signal: over.signal }).then(() => {
    throw new Error(`not over after ${Math.round(ms / 1_000)} s`);
  });
  try {
    return await Promise.race([work, alarm]);
  } finally {
    over.abort();
    alarm.catch(() => undefined);
  }
}

/** Of a fault after which nothing could be looked at any more. */
function brokenRow(fault: string, on: Place, error: unknown): Row {
  const none = { accepted: 0, finished: 0, lost: 0, doubled: 0, breaches: 0, seconds: 0, note: '' };
  return { fault, on, ...none, failures: [error instanceof Error ? error.message : String(error)] };
}

function readWish(words: readonly string[]): Wish {
  const valuesOf = (option: string) => words.flatMap((word, at) => (words[at - 1] === option ? [word] : []));
  const [names, places] = [valuesOf('--fault'), valuesOf('--on')];
  const known = new Set(['--fault', '--on', '--quick', ...names, ...places]);
  const isKnown =
    words.every((word) => known.has(word)) &&
    names.every((name) => name === SYNC || FAULTS.some((fault) => fault.name === name)) &&
    places.every((place) => PLACES.some((one) => one === place));
  const isQuick = words.includes('--quick');
  // The full length of each outage is shown on the single server; elsewhere its short form, so that all of them fit into the time.
  const isAll = names.length === 0 && places.length === 0;
  const steps = KINDS.flatMap((on) =>
    FAULTS.filter(
      (fault) =>
        fault.on.includes(on) &&
        (names.length === 0 || names.includes(fault.name)) &&
        (places.length === 0 || places.includes(placeOf(on))),
    ).map((fault) => ({ fault, on, scale: isQuick || (isAll && placeOf(on) !== 'server') ? QUICK : FULL })),
  );
  const measuresSync = names.includes(SYNC) || isAll;
  if (!isKnown || (steps.length === 0 && !measuresSync)) {
    const list = [...FAULTS.map(({ name }) => name), SYNC].join(', ');
    throw new Error(
      `usage: npm run chaos [-- --fault NAME]… [--on PLACE]… [--quick]; NAME is one of ${list}; PLACE one of ${PLACES.join(', ')}`,
    );
  }
  return { steps, isQuick, measuresSync };
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
