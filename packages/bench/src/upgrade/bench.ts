import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Client, createClient } from '@sluice/client';
import { type Fleet, houseServices, parseConfig, REPOSITORY, startFleet } from '@sluice/supervisor';
import { startRedis, startTestPostgres } from '@sluice/testkit';
import { type BenchmarkResult, round } from '../measure.ts';
import { OFFLINE } from '../simulators.ts';
import { mailOfUpgrade } from './mails.ts';
import { checkOut } from './other-version.ts';

const MAILS = 600;
const AT_ONCE = 8;
const PATIENCE_MS = 10 * 60_000;

interface Stores {
  folder: string;
  settings: Record<string, string>;
  stop(): Promise<void>;
}

/**
 * `npm run bench -- upgrade [--from COMMIT] [--mails N]`: a fleet of an older commit under load, this one beside it on the same stores, both at work, then the older one is
 * stopped, all under load. Every accepted mail must be one job that completes once. Exit code 1 where one does not.
 */
export async function runUpgradeBench(words: string[], say: (line: string) => void): Promise<BenchmarkResult> {
  const older = checkOut(valueOf(words, '--from') ?? 'HEAD~1');
  const mails = Number(valueOf(words, '--mails') ?? MAILS);
  const stores = await startStores();
  const fleets: Fleet[] = [];
  try {
    const before = await startVersion('older', older.root, stores);
    fleets.push(before);
    say(`commit ${older.commit} is up`);
    const doors = [doorOf(before)];
    const load = startLoad(doors);
    // A third of the mails each: before, side by side, after. What comes while a version starts or stops is beyond that.
    await load.more(mails / 3);
    copyFileSync(join(before.dataDir, 'admin.key'), join(prepare('newer', stores), 'admin.key'));
    const after = await startVersion('newer', REPOSITORY, stores);
    fleets.push(after);
    doors.push(doorOf(after));
    const bothFrom = load.accepted().length;
    say(`this version is up beside it, after ${bothFrom} mails`);
    await load.more(mails / 3);
    doors.shift();
    const bothTo = load.accepted().length;
    await before.stop();
    say(`commit ${older.commit} is stopped, after ${load.accepted().length} mails`);
    await load.more(mails / 3);
    const accepted = await load.stop();
    const newDoor = doorOf(after);
    const { completed, withGaps, failedAttempts } = await countEnded(newDoor, accepted);
    const { jobs } = await newDoor.stats();
    const lost = accepted.length - completed;
    const again = (jobs.ended.completed ?? 0) - completed;
    if (lost !== 0 || again !== 0) process.exitCode = 1;
    return {
      method: `commit ${older.commit} and this tree on one Redis and PostgreSQL, each a whole fleet; ${AT_ONCE} mails at once all the time, no visits and no providers`,
      measures: {
        accepted: accepted.length,
        refused_and_repeated: load.refused(),
        accepted_while_both_ran: bothTo - bothFrom,
        completed,
        lost,
        ended_twice: again,
        with_gaps: withGaps,
        failed_attempts: failedAttempts,
        seconds: round(load.seconds()),
      },
    };
  } finally {
    for (const fleet of fleets) await fleet.stop();
    await stores.stop();
    older.remove();
  }
}

function valueOf(words: string[], flag: string): string | undefined {
  const at = words.indexOf(flag);
  return at === -1 ? undefined : words[at + 1];
}

/** What both versions stand on, the mails included. */
async function startStores(): Promise<Stores> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-upgrade-'));
  const [queue, cache, postgres] = await Promise.all([
    startRedis({ appendOnly: true }),
    startRedis({ policy: 'allkeys-lru' }),
    startTestPostgres(),
  ]);
  const settings = {
    ...OFFLINE,
    REDIS_URL: queue.url,
    CACHE_REDIS_URL: cache.url,
    DATABASE_URL: postgres.url,
    DATA_KEY: Buffer.alloc(32, 7).toString('base64url'),
    SANDBOX_BROWSER: 'off',
    LOG_LEVEL: 'warn',
  };
  for (const shared of ['blobs', 'inbox']) mkdirSync(join(folder, shared));
  return {
    folder,
    settings,
    async stop() {
      await Promise.all([queue.stop(), cache.stop(), postgres.stop()]);
      rmSync(folder, { recursive: true });
    },
  };
}

/** A data folder of its own, in which the mails are those of all. */
function prepare(name: string, { folder }: Stores): string {
  const dataDir = join(folder, name);
  mkdirSync(dataDir, { mode: 0o700 });
  for (const shared of ['blobs', 'inbox']) symlinkSync(join(folder, shared), join(dataDir, shared));
  return dataDir;
}

function startVersion(name: 'older' | 'newer', root: string, stores: Stores): Promise<Fleet> {
  const dataDir = name === 'older' ? prepare(name, stores) : join(stores.folder, name);
  const env = { ...process.env, ...stores.settings, PORT: '0', SLUICE_DATA_DIR: dataDir };
  const config = parseConfig(env, REPOSITORY);
  const err = (line: string) => process.stderr.write(`${name}: ${line}\n`);
  return startFleet(config, { out: () => undefined, err, services: houseServices(config, root) });
}

function doorOf({ url, dataDir }: Fleet): Client {
  return createClient({ url, apiKey: readFileSync(join(dataDir, 'admin.key'), 'utf8').trim() });
}

/** Mails one after the other through whichever doors there are; a refusal, or a door that closes, is followed by another try. */
function startLoad(doors: readonly Client[]) {
  const beganMs = performance.now();
  const accepted: string[] = [];
  let sent = 0;
  let refused = 0;
  const ending = new AbortController();
  async function submit(n: number): Promise<string> {
    const idempotencyKey = `upgrade-mail-${n}`;
    const mail = mailOfUpgrade(n);
    const untilMs = performance.now() + PATIENCE_MS;
    for (let at = n; ; at++) {
      const door = doors[at % doors.length];
      if (door === undefined) throw new Error('there is no door');
      try {
        const { jobId } = await door.submitMail(mail, { idempotencyKey });
        await door.wait(jobId, { signal: AbortSignal.timeout(PATIENCE_MS) }).catch(() => null);
        return jobId;
      } catch (error) {
        if (performance.now() > untilMs) throw error;
        refused += 1;
        await pause(100);
      }
    }
  }
  const lane = async () => {
    while (!ending.signal.aborted) accepted.push(await submit(sent++));
  };
  const lanes = Promise.all(Array.from({ length: AT_ONCE }, lane));
  return {
    accepted: () => accepted,
    refused: () => refused,
    seconds: () => (performance.now() - beganMs) / 1_000,
    /** Resolves when so many more were accepted. */
    async more(count: number) {
      const enough = accepted.length + count;
      while (accepted.length < enough) await Promise.race([pause(50), lanes]);
    },
    async stop() {
      ending.abort();
      await lanes;
      return accepted;
    },
  };
}

/** How many have completed. Where one version cannot read what the other has written, attempts at a task fail, and a part of the mail may remain unexamined. */
async function countEnded(door: Client, jobIds: readonly string[]) {
  const ended = { completed: 0, withGaps: 0, failedAttempts: 0 };
  for (const jobId of new Set(jobIds)) {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    for await (const message of door.events(jobId, { after: 0, signal })) {
      if (message.type === 'task.released' && message.error !== undefined) ended.failedAttempts += 1;
    }
    const { state, summary } = await door.wait(jobId, { signal });
    if (state !== 'completed') continue;
    ended.completed += 1;
    if (summary?.['partial'] === true) ended.withGaps += 1;
  }
  return ended;
}
