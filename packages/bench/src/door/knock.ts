import { Accepted, type JobId } from '@sluice/contracts';
import { buildMail } from '@sluice/testkit';
import autocannon from 'autocannon';
import { type Measures, round } from '../measure.ts';
import { cpuMsOf } from '../processes.ts';

export const SECONDS = 10;
export const CONNECTIONS = 32;

interface Knocked {
  /** Each was answered with 202. */
  jobIds: JobId[];
  measures: Measures;
}

/** Submits as fast as the gateway of this process id takes it in. Each request brings a mail of its own: the same one would be stored once. */
export async function knock(fleetUrl: string, apiKey: string, pid: number): Promise<Knocked> {
  let count = 0;
  const jobIds: JobId[] = [];
  const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'message/rfc822' };
  const cpuMs = cpuMsOf([pid]);
  const result = await autocannon({
    url: new URL('/api/pipeline/jobs', fleetUrl).href,
    connections: CONNECTIONS,
    duration: SECONDS,
    requests: [
      {
        method: 'POST',
        headers,
        setupRequest(request) {
          count += 1;
          const text = `Number ${count}. ${'All is well. '.repeat(60)}`;
          return { ...request, body: Buffer.from(buildMail({ subject: `Notice ${count}`, text })) };
        },
        onResponse(status, body) {
          if (status === 202) jobIds.push(Accepted.parse(JSON.parse(body)).jobId);
        },
      },
    ],
  });
  if (jobIds.length === 0) throw new Error('no mail was accepted');
  if (new Set(jobIds).size < jobIds.length) throw new Error('two mails were answered with one job');
  return {
    jobIds,
    measures: {
      accepted: jobIds.length,
      refused: result.non2xx,
      failed: result.errors,
      accepted_per_s: round(jobIds.length / SECONDS),
      p50_ms: result.latency.p50,
      p99_ms: result.latency.p99,
      cpu_ms_a_mail: round((cpuMsOf([pid]) - cpuMs) / jobIds.length, 2),
    },
  };
}
