import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { type Client, createClient } from '@sluice/client';
import { type Fleet, parseConfig, REPOSITORY, startFleet } from '@sluice/supervisor';
import { buildMail, chooseSeed, eventually, seededRandom } from '@sluice/testkit';

const MAILS = 200;
const LANES = 20;
const MOST_KILLS = 12;
const PATIENCE_MS = 150_000;

const SERVICES = ['gateway', 'orchestrator', 'sandbox-worker', 'analyzer-worker', 'aggregator-worker', 'retry-worker'];

async function submitAll(client: Client): Promise<string[]> {
  const jobs: string[] = [];
  const numbers = Array.from({ length: MAILS }, (_, n) => n).values();
  const lane = async () => {
    for (const n of numbers) {
      const mail = buildMail({
        subject: `Mail ${n}`,
        html: `<a href="http://host${n}.example.com/">bank.example.org</a>`,
      });
      const { jobId } = await client.submitMail(mail);
      jobs.push(jobId);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return jobs;
}

/** Kills one service after the other at random moments until the work is done; what it killed. */
async function killAtRandom(fleet: Fleet, random: () => number, isDone: () => boolean): Promise<string[]> {
  const killed: string[] = [];
  while (!isDone() && killed.length < MOST_KILLS) {
    await pause(200 + random() * 1_500);
    const service = SERVICES[Math.floor(random() * SERVICES.length)] ?? 'gateway';
    try {
      fleet.kill(service);
      killed.push(service);
    } catch {
      // It is down already and comes back.
    }
  }
  return killed;
}

/** The job has ended, and nothing of its history is missing or doubled. */
async function expectOneReport(client: Client, jobId: string): Promise<void> {
  const status = await client.status(jobId);
  expect(status).toMatchObject({ state: 'completed', revision: 1, percent: 100 });
  const report = await client.report(jobId);
  expect(report).toMatchObject({ jobId, revision: 1, partial: false });
  const seen: number[] = [];
  const ends: string[] = [];
  for await (const event of client.events(jobId, { after: 0 })) {
    if (event.type === 'snapshot') continue;
    seen.push(event.seq);
    if (event.type === 'job.ended') ends.push(event.state);
    if (event.seq >= status.seq) break;
  }
  expect(seen).toEqual(seen.map((_, index) => index + 1));
  expect(ends).toEqual(['completed']);
}

test('kill -9 of any service at random moments leaves every accepted mail with exactly one report', async () => {
  const random = seededRandom(chooseSeed('crash test'));
  const dataDir = await mkdtemp(join(tmpdir(), 'sluice-crash-'));
  const config = parseConfig({ ...process.env, PORT: '0', SLUICE_DATA_DIR: dataDir, LOG_LEVEL: 'warn' }, REPOSITORY);
  const quiet = () => undefined;
  const fleet = await startFleet(config, { out: quiet, err: quiet });
  try {
    const apiKey = (await readFile(join(dataDir, 'admin.key'), 'utf8')).trim();
    const client = createClient({ url: fleet.url, apiKey });
    let done = false;
    const killing = killAtRandom(fleet, random, () => done);
    const jobs = await submitAll(client);
    await eventually(async () => (await client.stats()).jobs.open === 0, PATIENCE_MS);
    done = true;
    const killed = await killing;
    process.stdout.write(`crash test: killed ${killed.join(', ')}\n`);
    expect(killed.length).toBeGreaterThan(0);
    expect(new Set(jobs).size).toBe(MAILS);
    for (const jobId of jobs) await expectOneReport(client, jobId);
    expect((await client.stats()).jobs).toMatchObject({ accepted: MAILS, ended: { completed: MAILS } });
  } finally {
    await fleet.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}, 300_000);
