import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Accepted, type JobId } from '@sluice/contracts';
import { buildMail, eventually } from '@sluice/testkit';
import autocannon from 'autocannon';
import { type BenchmarkResult, round } from '../measure.ts';
import { type PrivateFleet, startPrivateFleet } from '../private-fleet.ts';
import { OFFLINE } from '../simulators.ts';

const SECONDS = 10;
const CONNECTIONS = 32;
/** So long all that was taken in may take to its end. */
const PATIENCE_MS = 10 * 60_000;
const ASKED_AT_ONCE = 16;

/**
 * How many mails one gateway takes in: each is stored and fsynced, has a fsynced manifest and a job before its 202. The fleet scans them meanwhile, on
 * the same cores. In the end every job whose id was answered must be there and completed; throws where one is not.
 */
export async function runDoorBench(_words: string[], say: (line: string) => void): Promise<BenchmarkResult> {
  const priv = await startPrivateFleet({
    ...OFFLINE,
    SANDBOX_BROWSER: 'off',
    LOG_LEVEL: 'warn',
    QUEUE_AGE_HIGH_WATER: '3600',
  });
  try {
    const { fleet, client } = priv;
    const apiKey = (await readFile(join(fleet.dataDir, 'admin.key'), 'utf8')).trim();
    const { result, jobIds } = await knock(new URL('/api/pipeline/jobs', fleet.url).href, apiKey);
    say(`${jobIds.length} accepted in ${SECONDS} s; waiting for their end`);
    const stats = await eventually(async () => {
      const now = await client.stats();
      if (now.jobs.open > 0) throw new Error(`${now.jobs.open} jobs are open`);
      return now;
    }, PATIENCE_MS);
    const missing = await unfinished(priv, apiKey, jobIds);
    if (jobIds.length === 0) throw new Error('no mail was accepted');
    if (new Set(jobIds).size < jobIds.length) throw new Error('two mails were answered with one job');
    if (missing.length > 0) throw new Error(`${missing.length} of ${jobIds.length} are lost: ${missing[0]}`);
    return {
      method: `one gateway, ${CONNECTIONS} connections for ${SECONDS} s, every mail another one of 1 KB, its fleet on the same cores; afterwards each job that was answered is asked for`,
      measures: {
        accepted: jobIds.length,
        refused: result.non2xx,
        failed: result.errors,
        accepted_per_s: round(jobIds.length / SECONDS),
        p50_ms: result.latency.p50,
        p99_ms: result.latency.p99,
        // The answers of the last ones came after the last moment.
        completed: stats.jobs.ended.completed ?? 0,
        lost: missing.length,
      },
    };
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

/** Each request brings a mail of its own: the same one would be stored once. */
async function knock(url: string, apiKey: string): Promise<{ result: autocannon.Result; jobIds: JobId[] }> {
  let count = 0;
  const jobIds: JobId[] = [];
  const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'message/rfc822' };
  const result = await autocannon({
    url,
    connections: CONNECTIONS,
    duration: SECONDS,
    requests: [
      {
        method: 'POST',
        headers,
        setupRequest(request) {
          count += 1;
          const body = buildMail({
            subject: `Notice ${count}`,
            text: `Number ${count}. ${'All is well. '.repeat(60)}`,
          });
          return { ...request, body: Buffer.from(body) };
        },
        onResponse(status, body) {
          if (status === 202) jobIds.push(Accepted.parse(JSON.parse(body)).jobId);
        },
      },
    ],
  });
  return { result, jobIds };
}
