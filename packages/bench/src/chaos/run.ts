import { setTimeout as pause } from 'node:timers/promises';
import { round } from '../measure.ts';
import { checkJobs, type Findings, leftKeys, strangers } from './check.ts';
import type { Death, Fault, Row, Scale } from './fault.ts';
import { type Load, sendProbe, startLoad } from './load.ts';
import { placeOf } from './servers.ts';
import type { World } from './world.ts';

const PROBE_PATIENCE_MS = 60_000;
const END_PATIENCE_MS = 120_000;
/** A dead worker's task runs again within this, */
const RERUN_LIMIT_SECONDS = 20;
/** and after an outage of Redis everything moves within this. */
const OUTAGE_LIMIT_SECONDS = 10;
const MOST_REASONS = 5;

/**
 * Puts load on the fleet, breaks something, and holds what clients were told against what is there: of every id that was answered with 202 the job, its report,
 * its log and its record; and of every job in the record that some client was told its id.
 */
export async function runFault(world: World, fault: Fault, scale: Scale): Promise<Row> {
  const load = startLoad(world, scale.perSecond);
  try {
    return await breakUnderLoad(world, fault, scale, load);
  } finally {
    await load.stop();
  }
}

async function breakUnderLoad(world: World, fault: Fault, scale: Scale, load: Load): Promise<Row> {
  const before = { breaches: world.provider.breaches(), pids: world.pids() };
  await pause(scale.aroundMs);
  const trouble = await fault.act(world, scale, load);
  const overMs = performance.now();
  const [probe] = await Promise.all([sendProbe(world, PROBE_PATIENCE_MS), world.allReady(PROBE_PATIENCE_MS)]);
  const movesSeconds = (performance.now() - overMs) / 1_000;
  await pause(scale.aroundMs);
  const never = await load.stop();
  const jobIds = [...load.accepted(), probe];
  for (const jobId of jobIds) world.told.add(jobId);
  const findings = await checkJobs(world, jobIds, END_PATIENCE_MS);
  const after = (await fault.afterwards?.(world, jobIds)) ?? {};
  findings.lost.push(...sharedIds(jobIds).map((jobId) => `${jobId}: two mails were told this id`));
  for (const jobId of await strangers(world, world.told)) {
    findings.doubled.push(`${jobId}: no client was told of it`);
    world.told.add(jobId);
  }
  const breaches = world.provider.breaches() - before.breaches;
  const rerunSeconds = slowestRerun(trouble.deaths ?? [], findings);
  const lost = jobsIn(findings.lost);
  return {
    fault: fault.name,
    on: placeOf(world.servers.kind),
    accepted: jobIds.length,
    finished: jobIds.length - lost,
    lost,
    doubled: jobsIn(findings.doubled),
    breaches,
    seconds: round(Math.max(movesSeconds, rerunSeconds ?? 0)),
    failures: [
      ...(trouble.faults ?? []),
      ...(after.faults ?? []),
      ...(never === 0 ? [] : [`${never} mails were never accepted`]),
      ...judgeTimes(fault, { movesSeconds, rerunSeconds }),
      ...judgeAnswers(load),
      ...(breaches === 0 ? [] : [`${breaches} calls beyond the quota`]),
      ...(await leftKeys(world.redis)).slice(0, MOST_REASONS).map((key) => `the key ${key} does not expire`),
      ...(fault.keepsAttempts === true && findings.attemptsLost > 0 ? [`${findings.attemptsLost} attempts lost`] : []),
      ...(fault.isOutage === true ? restarts(before.pids, world.pids()) : []),
      ...[...findings.lost, ...findings.doubled].slice(0, MOST_REASONS),
    ],
    note: [trouble.note, after.note, refusalsInWords(load)].filter(Boolean).join('; '),
  };
}

/** Of services that were there before: pools grow and shrink with their work. */
function restarts(before: ReturnType<World['pids']>, after: ReturnType<World['pids']>): string[] {
  const again = [...before].filter(([name, pid]) => after.has(name) && after.get(name) !== pid);
  return again.map(([name]) => `${name} was restarted`);
}

function sharedIds(jobIds: readonly string[]): string[] {
  return jobIds.filter((jobId, at) => jobIds.indexOf(jobId) !== at);
}

/** How many jobs the words are about; they begin with its id. */
function jobsIn(reasons: readonly string[]): number {
  return new Set(reasons.map((reason) => reason.slice(0, reason.indexOf(':')))).size;
}

/** From a worker's death until the last of its tasks was begun by another; null where it left none. */
function slowestRerun(deaths: readonly Death[], { reruns }: Findings): number | null {
  const seconds = deaths.flatMap(({ worker, atMs }) =>
    reruns
      .filter((rerun) => rerun.worker.startsWith(worker) && rerun.againMs >= atMs)
      .map(({ againMs }) => (againMs - atMs) / 1_000),
  );
  return seconds.length === 0 ? null : Math.max(...seconds);
}

function judgeTimes(fault: Fault, took: { movesSeconds: number; rerunSeconds: number | null }): string[] {
  const { movesSeconds, rerunSeconds } = took;
  const isLate = fault.isOutage === true && movesSeconds > OUTAGE_LIMIT_SECONDS;
  const isRerunLate = rerunSeconds !== null && rerunSeconds > RERUN_LIMIT_SECONDS;
  return [
    ...(isLate ? [`everything moved only after ${round(movesSeconds)} s`] : []),
    ...(fault.leavesTasks === true && rerunSeconds === null ? ['no task was taken over from whoever was struck'] : []),
    ...(isRerunLate ? [`a dead worker's task ran again only after ${round(rerunSeconds)} s`] : []),
  ];
}

/** A mail that cannot be taken is refused for now, and never as a fault of the fleet. */
function judgeAnswers(load: Load): string[] {
  const wrong = [...load.refusals()].filter(([code]) => !/^(503|429) /.test(code));
  return wrong.map(([code, count]) => `${count} mails were answered ${code}`);
}

function refusalsInWords(load: Load): string {
  return [...load.refusals()].map(([code, count]) => `${count} × ${code}`).join(', ');
}
