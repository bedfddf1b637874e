import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildMail, eventually } from '@sluice/testkit';
import autocannon from 'autocannon';
import { type BenchmarkResult, round } from '../measure.ts';
import { startPrivateFleet } from '../private-fleet.ts';
import { OFFLINE } from '../simulators.ts';

const SECONDS = 10;
const CONNECTIONS = 32;
/** So long all that was taken in may take to its end. */
const PATIENCE_MS = 10 * 60_000;

/**
 * How many mails one gateway takes in: each is stored and fsynced, has a fsynced manifest and a job before its 202. The fleet scans them meanwhile, on
 * the same cores. In the end everything that was accepted must have ended, once.
 */
export async function runDoorBench(_words: string[], say: (line: string) => void): Promise<BenchmarkResult> {
  const { fleet, client, stop } = await startPrivateFleet({
    ...OFFLINE,
    SANDBOX_BROWSER: 'off',
    LOG_LEVEL: 'warn',
    QUEUE_AGE_HIGH_WATER: '3600',
  });
  try {
    const apiKey = (await readFile(join(fleet.dataDir, 'admin.key'), 'utf8')).trim();
    const result = await knock(new URL('/api/pipeline/jobs', fleet.url).href, apiKey);
    const accepted = result['2xx'];
    say(`${accepted} accepted in ${SECONDS} s; waiting for their end`);
    const stats = await eventually(async () => {
      const now = await client.stats();
      if (now.jobs.open > 0) throw new Error(`${now.jobs.open} jobs are open`);
      return now;
    }, PATIENCE_MS);
    const completed = stats.jobs.ended.completed ?? 0;
    return {
      method: `one gateway, ${CONNECTIONS} connections for ${SECONDS} s, every mail another one of 1 KB, its fleet on the same cores`,
      measures: {
        accepted,
        refused: result.non2xx,
        failed: result.errors,
        accepted_per_s: round(accepted / SECONDS),
        p50_ms: result.latency.p50,
        p99_ms: result.latency.p99,
        completed,
        // The answers of the last ones came after the last moment.
        unheard: Math.max(0, completed - accepted),
        lost: Math.max(0, accepted - completed),
      },
    };
  } finally {
    await stop();
  }
}

/** Each request brings a mail of its own: the same one would be stored once. */
function knock(url: string, apiKey: string): Promise<autocannon.Result> {
  let count = 0;
  const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'message/rfc822' };
  return autocannon({
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
      },
    ],
  });
}
