import type { Report } from '@sluice/contracts';
import { type BenchmarkResult, round } from '../measure.ts';
import { countBreaches, countPaid, hitShareOnRepeats } from './count.ts';
import { LIMIT, runSharing, type Scale, type Seen } from './run.ts';

const FULL: Scale = {
  mails: 300,
  urls: 60,
  ips: 20,
  workers: 2,
  atOnce: 16,
  killAfter: 60,
  downAfter: 30,
  downMs: 6_000,
  wholeMs: 180_000,
};
/** Short enough for the tests: nobody dies, because BullMQ gives the work of the dead to others after 10 to 15 s only. */
const QUICK: Scale = {
  mails: 40,
  urls: 12,
  ips: 5,
  workers: 1,
  atOnce: 5,
  killAfter: null,
  downAfter: 3,
  downMs: 1_000,
  wholeMs: 120_000,
};
const LEAST_HIT_SHARE = 0.8;

/**
 * `npm run bench -- sharing [--quick]`: many mails about few URLs and addresses: what is paid for, what is breached, what the cache saves, and whether
 * every job ends whole. Exit code 1 where a promise is broken.
 */
export async function runSharingBench(words: string[], say: (line: string) => void): Promise<BenchmarkResult> {
  const scale = words.includes('--quick') ? QUICK : FULL;
  const seen = await runSharing(scale);
  const measures = measuresOf(seen);
  say(
    `${scale.mails} mails, ${scale.urls} URLs, ${scale.ips} addresses; ${measures.calls} calls at the providers' doors`,
  );
  for (const line of [...missingIn(seen.reports), ...paidAgainIn(seen)]) say(line);
  const broken = brokenIn(measures);
  for (const promise of broken) say(`BROKEN: ${promise}`);
  if (broken.length > 0) process.exitCode = 1;
  return { method: methodOf(scale), measures };
}

function methodOf({ workers, killAfter, downAfter, downMs }: Scale): string {
  const killed = killAfter === null ? 'none is killed' : `an analyzer is killed after ${killAfter} calls`;
  return (
    `whole fleet, ${workers} workers a pool, ${killed}, VirusTotal down for ${downMs / 1_000} s or more after ${downAfter} calls, no visits; each provider ` +
    `answers after 100 ms and allows ${LIMIT} calls in any second. Paid again: answers to a question beyond its first; unexplained: those of them without an answer to the same question that its ` +
    "caller did not live, or wait, to have. Unshared: the cache's server was too slow to take them, so that another worker may pay again. Repeats: answers whose question another mail had asked before. Saved: by the analyzers' metrics; ms are what the original calls took"
  );
}

function measuresOf({ doors, refused, killedAtMs, states, reports, saved, seconds }: Seen) {
  const paid = doors.map(({ calls }) => countPaid(calls, killedAtMs));
  const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
  return {
    jobs: states.length,
    completed: states.filter((state) => state === 'completed').length,
    whole: reports.filter(({ partial }) => !partial).length,
    breaches: sum(doors.map(({ calls }) => countBreaches(calls, LIMIT))),
    refused_by_simulators: refused,
    calls: sum(doors.map(({ calls }) => calls.length)),
    calls_without_answer: sum(doors.map(({ calls }) => calls.filter(({ status }) => status === 0).length)),
    distinct_questions: sum(paid.map(({ distinct }) => distinct)),
    paid_again: sum(paid.map(({ again }) => again)),
    paid_again_unexplained: sum(paid.map(({ unexplained }) => unexplained)),
    hit_share_on_repeats: round(hitShareOnRepeats(reports), 3),
    unshared_answers: saved.unshared,
    saved_calls: saved.calls,
    saved_ms: Math.round(saved.ms),
    seconds: round(seconds),
  };
}

function brokenIn(measures: ReturnType<typeof measuresOf>): string[] {
  const { jobs, completed, whole, breaches, refused_by_simulators: refused } = measures;
  const { paid_again_unexplained: unexplained } = measures;
  return [
    completed < jobs ? `${jobs - completed} jobs did not complete` : '',
    whole < jobs ? `${jobs - whole} reports lack something in the end` : '',
    breaches + refused > 0 ? `${breaches} calls were beyond a quota, ${refused} were refused` : '',
    unexplained > 0 ? `${unexplained} answers were paid for again` : '',
    measures.hit_share_on_repeats > LEAST_HIT_SHARE
      ? ''
      : `only ${measures.hit_share_on_repeats} of the repeats were held`,
    measures.saved_calls > 0 ? '' : 'the cache saved nothing',
    measures.calls_without_answer > 0 ? '' : 'no provider failed: nothing was tried',
  ].filter((promise) => promise !== '');
}

function paidAgainIn({ doors, killedAtMs }: Seen): string[] {
  return doors.flatMap(({ provider, calls }) =>
    countPaid(calls, killedAtMs).moments.map(
      (moments) =>
        `${provider} answered a question again: at ${moments.join(', ')} ms${killedAtMs === null ? '' : ' from the death'}`,
    ),
  );
}

/** What was not examined in the end, and why. */
function missingIn(reports: readonly Report[]): string[] {
  const groups = Map.groupBy(
    reports.flatMap(({ missing }) => missing),
    ({ what, why }) => `${what}: ${why}`,
  );
  return [...groups].map(([what, some]) => `missing in the end: ${some.length} × ${what}`);
}
