import { type BenchmarkResult, type Measures, round } from '../measure.ts';
import { contenders, type Outcome, runContender } from './contenders.ts';
import { openDoor } from './door.ts';
import { ANSWER_MS, CALLERS, JITTER_MS, LIMIT, PROCESSES, RUN_MS, WINDOW_MS } from './model.ts';
import { measureBytes, measureTakes } from './takes.ts';

const SEED = 20;
const COLUMNS = ['arrived', 'over sliding', 'over fixed', 'call ms', '% of window', '% of possible'];

/** One provider that counts at its door, and every limiter in turn before it; then what a take and a limit cost. */
export async function runLimitersBench(_words: string[], say: (line: string) => void): Promise<BenchmarkResult> {
  const seconds = RUN_MS / 1_000;
  say(`${LIMIT} calls in any ${WINDOW_MS} ms, ${seconds} s for each of ${contenders.length} contenders`);
  say(row('', COLUMNS));
  const measures: Measures = {};
  const door = await openDoor(SEED);
  try {
    for (const contender of contenders) {
      const outcome = await runContender(contender, door);
      say(row(contender.name, cellsOf(outcome)));
      Object.assign(measures, measuresOf(contender.name, outcome));
    }
  } finally {
    await door.stop();
  }
  Object.assign(measures, await measureTakes(say), await measureBytes());
  return { method: methodOf(seconds), measures };
}

function methodOf(seconds: number): string {
  const setups = contenders.map(({ name, how }) => `${name}: ${how}`).join('; ');
  return (
    `a provider of ${LIMIT} calls in any ${WINDOW_MS} ms that refuses nothing and notes arrivals on one clock; a call arrives up to ${JITTER_MS} ms after it was ` +
    `booked and is answered after ${ANSWER_MS.least} to ${ANSWER_MS.most} ms; ${PROCESSES} processes with ${CALLERS} callers or jobs at once each and always more to do, ${seconds} s, a fresh ` +
    'Redis each. Over sliding: calls less than a window after the one 20 before them. Over fixed: calls beyond 20 in windows of 2 s, mean over where they begin. ' +
    `Use: pace from the middle of the first ${LIMIT} calls to that of the last, as a share of limit / window and of limit / (window + mean call time). ` +
    `${setups}. Takes: six limits at once (sliding 1 s, 1 min, 1 h, 1 day, calendar day and month; each of 1,000, large: of 1,000,000; six durations of ` +
    "1,000,000 for rate-limiter-flexible's union), from one process on one connection: 50 in flight, each a command of its own that the client writes without waiting for the others' " +
    'answers, and one by one, each a round trip; medians of 3 rounds in turn; µs of Redis are those inside of its scripts. Bytes: MEMORY USAGE of all keys of a quota, ' +
    'after one call that has ended; full buckets: a window of 1,000,000 with a call in each of its 64ths'
  );
}

function row(name: string, cells: string[]): string {
  return `  ${name.padEnd(22)}${cells.map((cell) => cell.padStart(15)).join('')}`;
}

const percent = (share: number) => round(100 * share);

function cellsOf({ arrived, overSliding, overFixed, callMs, useOfWindow, useOfPossible }: Outcome): string[] {
  const cells = [
    arrived,
    overSliding,
    round(overFixed),
    Math.round(callMs),
    percent(useOfWindow),
    percent(useOfPossible),
  ];
  return cells.map(String);
}

function measuresOf(name: string, outcome: Outcome): Measures {
  return {
    [`${name}_arrived`]: outcome.arrived,
    [`${name}_over_sliding`]: outcome.overSliding,
    [`${name}_over_fixed`]: round(outcome.overFixed),
    [`${name}_call_ms`]: round(outcome.callMs),
    [`${name}_use_of_window_percent`]: percent(outcome.useOfWindow),
    [`${name}_use_of_possible_percent`]: percent(outcome.useOfPossible),
  };
}
