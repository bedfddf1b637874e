import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobId } from '@sluice/contracts';
import { eventually } from '@sluice/testkit';
import type { BenchmarkResult, Measures } from '../measure.ts';
import { type PrivateFleet, startPrivateFleet } from '../private-fleet.ts';
import { OFFLINE } from '../simulators.ts';
import { knockAlone } from './alone.ts';
import { CONNECTIONS, knock, SECONDS } from './knock.ts';

/** So long all that was taken in may take to its end. */
const PATIENCE_MS = 10 * 60_000;
const ASKED_AT_ONCE = 16;
const SETTINGS = { LOG_LEVEL: 'warn', QUEUE_AGE_HIGH_WATER: '3600' };

/**
 * How many mails one gateway takes in: each is stored and fsynced, has a fsynced manifest and a job before its 202. First the gateway alone, then amid a fleet
 * that scans them meanwhile, on the same cores. In the end every job whose id was answered must be there, and with the fleet completed; throws where one is not.
 */
export async function runDoorBench(_words: string[], say: (line: string) => void): Promise<BenchmarkResult> {
  const alone = await knockAlone(SETTINGS);
  say(`alone: ${alone.accepted} accepted in ${SECONDS} s, and all are there`);
  const amid = await knockAmidFleet(say);
  return {
    method: `one gateway, ${CONNECTIONS} connections for ${SECONDS} s, every mail another one of 1 KB; alone: nobody scans; fleet: all of it on the same cores; afterwards each job that was answered is looked for, and in the fleet it has completed`,
    measures: { ...named('alone', alone), ...named('fleet', amid) },
  };
}

function named(name: string, measures: Measures): Measures {
  return Object.fromEntries(Object.entries(measures).map(([measure, value]) => [`${name}_${measure}`, value]));
}

async function knockAmidFleet(say: (line: string) => void): Promise<Measures> {
  const priv = await startPrivateFleet({ ...OFFLINE, ...SETTINGS, SANDBOX_BROWSER: 'off' });
  try {
    const { fleet, client } = priv;
    const apiKey = (await readFile(join(fleet.dataDir, 'admin.key'), 'utf8')).trim();
    const gateway = fleet.processes().find(({ name }) => name.startsWith('gateway'))?.pid ?? 0;
    const { jobIds, measures } = await knock(fleet.url, apiKey, gateway);
    say(`fleet: ${jobIds.length} accepted in ${SECONDS} s; waiting for their end`);
    const stats = await eventually(async () => {
      const now = await client.stats();
      if (now.jobs.open > 0) throw new Error(`${now.jobs.open} jobs are open`);
      return now;
    }, PATIENCE_MS);
    const missing = await unfinished(priv, apiKey, jobIds);
    if (missing.length > 0) throw new Error(`${missing.length} of ${jobIds.length} are lost: ${missing[0]}`);
    // The answers of the last ones came after the last moment.
    return { ...measures, completed: stats.jobs.ended.completed ?? 0, lost: missing.length };
  } finally {
    await priv.stop();
  }
}

/** Those of the jobs that are not there, or did not come to their report, with what is said of them. */
async function unfinished({ fleet }: PrivateFleet, apiKey: string, jobIds: readonly JobId[]): Promise<string[]> {
  const headers = { authorization: `Bearer ${apiKey}` };
  const waiting = jobIds.values();
  const missing: string[] = [];
  const lane = async () => {
    for (const jobId of waiting) {
      const answer = await fetch(new URL(`/api/pipeline/jobs/${jobId}/status`, fleet.url), { headers });
      const text = await answer.text();
      if (!answer.ok || !text.includes('"state":"completed"')) missing.push(`${jobId}: ${text}`);
    }
  };
  await Promise.all(Array.from({ length: ASKED_AT_ONCE }, lane));
  return missing;
}
