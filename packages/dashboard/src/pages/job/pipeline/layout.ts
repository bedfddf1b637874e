import type { StageView } from '@sluice/contracts';

/** Where the stages that the fleet has today stand in the picture; what is in one column goes on at the same time. */
const COLUMNS: Readonly<Record<string, number>> = {
  parsing: 0,
  extracting: 1,
  checks: 2,
  sandbox_analysis: 2,
  api_analysis: 2,
  submissions: 2,
  judging: 3,
  aggregating: 4,
  scoring: 5,
};

/** Stages in columns, in the order of the work; of a pipeline that this page does not know, one after the other. Pure. */
export function columnsOf(stages: readonly StageView[]): StageView[][] {
  if (!stages.every(({ name }) => Object.hasOwn(COLUMNS, name))) return stages.map((stage) => [stage]);
  const columns = Map.groupBy(stages, ({ name }) => COLUMNS[name] ?? 0);
  return [...columns].toSorted(([one], [other]) => one - other).map(([, column]) => column);
}
