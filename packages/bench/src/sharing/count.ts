import type { Report } from '@sluice/contracts';

/** As a simulator saw it: when it arrived, what it asked, and what it was answered (0: nothing). */
export interface Call {
  atMs: number;
  method: string;
  path: string;
  status: number;
  /** The caller left before it had the whole answer. */
  isCut: boolean;
}

/** What arrived so long before a worker's death may have died with it, although it was answered; what it has sent arrives a moment later. */
const UNDER_WAY_MS = 2_000;
const ARRIVES_MS = 500;

/** Calls that arrived as one too many within a second; urlscan counts searching and fetching apart. */
export function countBreaches(calls: readonly Call[], limit: number): number {
  const actions = Map.groupBy(calls, ({ path }) => path.includes('/result/'));
  return [...actions.values()].reduce((sum, some) => {
    const times = some.map(({ atMs }) => atMs).toSorted((a, b) => a - b);
    return sum + times.filter((atMs, n) => n >= limit && atMs - (times[n - limit] ?? 0) < 1_000).length;
  }, 0);
}

export interface Paid {
  /** Different questions that were answered. */
  distinct: number;
  /** Answers beyond the first of each question, */
  again: number;
  /** and those of them that no interrupted call of the same question explains, each of them one. */
  unexplained: number;
  /** When each question was answered that was answered more than once, in order; where a worker died, ms from then. */
  moments: number[][];
}

/** `killedAtMs`: when a worker died, null where none did. */
export function countPaid(calls: readonly Call[], killedAtMs: number | null): Paid {
  const answered = calls.filter(({ status }) => status === 200 || status === 404);
  const questions = [...Map.groupBy(answered, ({ method, path }) => `${method} ${path}`).values()];
  const isInterrupted = ({ atMs, isCut }: Call) =>
    isCut || (killedAtMs !== null && atMs <= killedAtMs + ARRIVES_MS && atMs > killedAtMs - UNDER_WAY_MS);
  const again = questions.map((answers) => answers.length - 1);
  const unexplained = questions.map((answers) =>
    Math.max(answers.length - 1 - answers.filter(isInterrupted).length, 0),
  );
  const sum = (counts: number[]) => counts.reduce((total, count) => total + count, 0);
  const moments = questions
    .filter(({ length }) => length > 1)
    .map((answers) => answers.map(({ atMs }) => Math.round(atMs - (killedAtMs ?? 0))));
  return { distinct: questions.length, again: sum(again), unexplained: sum(unexplained), moments };
}

/** Of the answers whose question another mail had asked before, the share that was held. */
export function hitShareOnRepeats(reports: readonly Pick<Report, 'answers'>[]): number {
  const given = reports.flatMap(({ answers }) => answers.filter(({ isKnown }) => isKnown !== null));
  const questions = new Set(given.map(({ provider, resource }) => `${provider} ${resource?.kind} ${resource?.value}`));
  const held = given.filter(({ status }) => status === 'cached').length;
  return held / (given.length - questions.size);
}
