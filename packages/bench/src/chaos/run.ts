import { setTimeout as pause } from 'node:timers/promises';
import { round } from '../measure.ts';
import { checkJobs, countJobs, type Findings, leftKeys } from './check.ts';
import type { Death, Fault, Row, Scale } from './fault.ts';
import { type Load, sendProbe, startLoad } from './load.ts';
import type { World } from './world.ts';

const PROBE_PATIENCE_MS = 60_000;
const END_PATIENCE_MS = 120_000;
/** A dead worker's task runs again within this, */
const RERUN_LIMIT_SECONDS = 20;
/** and after an outage of Redis everything moves within this. */
const OUTAGE_LIMIT_SECONDS = 10;
const MOST_REASONS = 5;

/** Puts load on the fleet, breaks something, and holds every accepted mail against what it should have become. */
export async function runFault(world: World, fault: Fault, scale: Scale, say: (line: string) => void): Promise<Row> {
  const before = { jobs: await countJobs(world.redis), breaches: world.provider.breaches(), pids: world.pids() };
  const load = startLoad(world, scale.perSecond);
  await pause(scale.aroundMs);
  const { deaths = [], faults = [], note = '' } = await fault.act(world, scale, load);
  const overMs = performance.now();
  const [probe] = await Promise.all([sendProbe(world, PROBE_PATIENCE_MS), world.allReady(PROBE_PATIENCE_MS)]);
  const movesSeconds = (performance.now() - overMs) / 1_000;
  await pause(scale.aroundMs);
  const failures = [...faults];
  const never = await load.stop();
  if (never > 0) failures.push(`${never} mails were never accepted`);
  const jobIds = [...load.accepted(), probe];
  const findings = await checkJobs(world, jobIds, END_PATIENCE_MS);
  failures.push(...((await fault.afterwards?.(world, jobIds)) ?? []));
  const created = (await countJobs(world.redis)) - before.jobs;
  if (created > new Set(jobIds).size) findings.doubled.push(`${created} jobs for ${jobIds.length} mails`);
  const breaches = world.provider.breaches() - before.breaches;
  const rerunSeconds = slowestRerun(deaths, findings);
  failures.push(
    ...judgeTimes(fault, { movesSeconds, rerunSeconds }),
    ...judgeAnswers(load),
    ...(breaches === 0 ? [] : [`${breaches} calls beyond the quota`]),
    ...(await leftKeys(world.redis)).slice(0, MOST_REASONS).map((key) => `the key ${key} does not expire`),
    ...(fault.keepsAttempts === true && findings.attemptsLost > 0 ? [`${findings.attemptsLost} attempts lost`] : []),
    ...(fault.isOutage === true && world.pids() !== before.pids ? ['a service was restarted'] : []),
    ...(fault.mayLose === true ? [] : [...findings.lost, ...findings.doubled].slice(0, MOST_REASONS)),
  );
  if (fault.mayLose === true) for (const what of findings.lost.slice(0, MOST_REASONS)) say(`  lost: ${what}`);
  return {
    fault: fault.name,
    accepted: jobIds.length,
    finished: findings.finished,
    lost: jobsIn(findings.lost),
    doubled: jobsIn(findings.doubled),
    breaches,
    seconds: round(Math.max(movesSeconds, rerunSeconds ?? 0)),
    failures,
    note: [note, refusalsInWords(load)].filter(Boolean).join('; '),
  };
}

/** Of reasons that begin with their job's id. */
function jobsIn(reasons: readonly string[]): number {
  return new Set(reasons.map((reason) => reason.slice(0, reason.indexOf(' ')).replace(/:$/, ''))).size;
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
