import { randomUUIDv7 } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ALL_BUCKETS, type BlobRef, type JobId, type JobMeta, type Report, tasks } from '@sluice/contracts';
import { openBlobStore, openInbox } from '@sluice/fleet/blobs';
import { createJobStore, createJournal, keysOf } from '@sluice/fleet/jobs';
import { createAnnouncer } from '@sluice/fleet/notify';
import { closeRedis, connectRedis } from '@sluice/fleet/redis';
import { createLogger, type Logger } from '@sluice/fleet/service';
import { createSettings } from '@sluice/fleet/settings';
import { openRecords } from '@sluice/records';
import { startRedis, startTestPostgres } from '@sluice/testkit';
import { createAside } from '../src/record/aside.ts';
import { createDrainer, type DrainerConfig } from '../src/record/drainer.ts';
import { createRestore } from '../src/record/restore.ts';
import { createRecorder, type RecorderConfig } from '../src/record/recorder.ts';

/** Says nothing. */
export const log: Logger = createLogger('test', 'test', 'error');
log.silent = true;

function fail(error: unknown): never {
  throw error;
}

export type World = Awaited<ReturnType<typeof createWorld>>;

/** A Redis, a PostgreSQL and a folder of blobs, and jobs that go their way by hand: no engine and no worker. */
export async function createWorld() {
  const [server, postgres, folder] = await Promise.all([
    startRedis(),
    startTestPostgres(),
    mkdtemp(join(tmpdir(), 'sluice-record-')),
  ]);
  const redis = connectRedis(server.url, { name: 'test' });
  const records = openRecords({ url: await postgres.createDatabase(), onError: () => undefined, poolSize: 4 });
  await records.migrate();
  const jobs = createJobStore(redis);
  const blobs = openBlobStore({ folder: join(folder, 'blobs') });
  const inbox = openInbox({ SLUICE_DATA_DIR: folder }, { onTrouble: () => undefined });
  const journal = createJournal(redis);
  const aside = createAside(redis);

  const rules = createSettings({ redis, onError: fail });
  const announcer = createAnnouncer({ jobs, settings: rules, onError: fail });
  const { restore, catchUp } = createRestore({ jobs, redis, table: records.jobs, log });

  const world = {
    rules,
    announcer,
    restore,
    catchUp,
    server,
    postgres,
    redis,
    records,
    table: records.jobs,
    jobs,
    blobs,
    inbox,
    journal,
    aside,
    catalogue: tasks,

    /** A drainer of all buckets; its parts may be exchanged. */
    drainer(change: Partial<RecorderConfig & DrainerConfig> = {}) {
      const parts = { ...world, log, buckets: () => [...ALL_BUCKETS], lingerMs: 10, pauseMs: 1, ...change };
      return createDrainer({ ...parts, recorder: createRecorder(parts) });
    },

    async drain(): Promise<void> {
      const drainer = world.drainer();
      while ((await drainer.round()).hasMore);
    },

    /** As the gateway does it. */
    async submit(change: Partial<JobMeta> = {}): Promise<JobMeta> {
      const tenant = change.tenant ?? 'default';
      const jobId = randomUUIDv7();
      const bytes = new TextEncoder().encode(`Subject: ${jobId}\r\n\r\nHello`);
      const blob = await blobs.put(tenant, bytes, { durable: false });
      const input = { blob, sizeBytes: bytes.byteLength };
      const meta: JobMeta = {
        v: 1,
        jobId,
        tenant,
        pipeline: 'email-scan',
        priority: 'normal',
        input,
        timeoutMs: 60_000,
        ...change,
      };
      await inbox.put(meta);
      await jobs.create(meta);
      return meta;
    },

    /** Plans two tasks and does the first of them. */
    async begin(jobId: JobId): Promise<void> {
      const job = await seen(jobId);
      const planned = ['mail.parse', 'mail.extract'].map((name, index) => ({
        id: `work.${index}`,
        name,
        stage: 'work',
        payload: {},
        required: true,
        wakes: false,
      }));
      const fields = {
        stages: JSON.stringify([{ name: 'work', state: 'working', share: 100 }]),
        's:work': `active ${job.nowMs} `,
        'n:work': planned.length,
        ...Object.fromEntries(
          planned.flatMap((task) => [
            [`t:${task.id}`, JSON.stringify(task)],
            [`g:${task.id}`, 1],
          ]),
        ),
      };
      const events = planned.map(({ id, stage, name }) => {
        return { type: 'task.planned' as const, task: id, stage, name, generation: 1 };
      });
      const state = { state: 'working', stateIndex: 1, ended: false, amended: false };
      await jobs.apply(job, { fields, events, dueMs: job.nowMs + 60_000, ...state });
      await world.settle(jobId, 0);
    },

    async settle(jobId: JobId, index: number): Promise<void> {
      const name = ['mail.parse', 'mail.extract'][index] ?? '';
      const task = { jobId, task: `work.${index}`, stage: 'work', name, generation: 1, wakes: false };
      await jobs.begin(task, 'worker');
      const settledMs = Date.now();
      await jobs.settle(task, 'done', { attempts: 1, startedMs: settledMs, settledMs, worker: 'worker', result: {} });
    },

    /** Does the other task, writes the report and ends the job. */
    async end(jobId: JobId): Promise<void> {
      await world.settle(jobId, 1);
      await world.finish(jobId);
    },

    /** Writes the report and ends the job. */
    async finish(jobId: JobId): Promise<void> {
      const job = await seen(jobId);
      const result = { report: await world.putReport(jobId, 1), summary: { verdict: 'suspicious', score: 50 } };
      await jobs.apply(job, {
        fields: { result: JSON.stringify(result), revision: 1 },
        events: [{ type: 'job.ended', state: 'completed', result }],
        state: 'completed',
        stateIndex: 9,
        dueMs: null,
        ended: true,
        amended: false,
      });
    },

    /** A later revision of the report. */
    async amend(jobId: JobId, revision: number): Promise<void> {
      const job = await seen(jobId);
      const result = { report: await world.putReport(jobId, revision), summary: { verdict: 'suspicious', score: 50 } };
      await jobs.apply(job, {
        fields: { result: JSON.stringify(result), revision, amended: job.healed },
        events: [{ type: 'report.amended', revision, result }],
        state: 'completed',
        stateIndex: 9,
        dueMs: null,
        ended: false,
        amended: true,
      });
    },

    async finished(change: Partial<JobMeta> = {}): Promise<JobMeta> {
      const meta = await world.submit(change);
      await world.begin(meta.jobId);
      await world.end(meta.jobId);
      return meta;
    },

    putReport: async (jobId: JobId, revision: number): Promise<BlobRef> => {
      const tenant = (await seen(jobId)).meta.tenant;
      return blobs.put(tenant, new TextEncoder().encode(JSON.stringify(reportOf(jobId, revision))), { durable: false });
    },

    /** What the record has of a job must be what Redis has, event by event. */
    async logs(jobId: JobId) {
      const [inRedis, inRecord] = await Promise.all([jobs.eventsAfter(jobId, 0), records.jobs.events(jobId, 0)]);
      return { inRedis, inRecord };
    },

    keysLeft: (jobId: JobId) => redis.exists(keysOf(jobId).job),

    async stop() {
      rules.stop();
      await records.close();
      await closeRedis(redis);
      await Promise.all([server.stop(), postgres.stop()]);
      await rm(folder, { recursive: true, force: true });
    },
  };

  async function seen(jobId: JobId) {
    const job = await jobs.snapshot(jobId);
    if (job === null) throw new Error(`there is no job ${jobId}`);
    return job;
  }

  return world;
}

export function reportOf(jobId: JobId, revision: number): Report {
  return {
    v: 1,
    jobId,
    pipeline: 'email-scan',
    revision,
    createdAt: '2026-11-22T00:00:00.000Z',
    verdict: 'suspicious',
    category: 'phishing',
    score: 50,
    confidence: 0.8,
    summary: 'This mail is suspicious.',
    subject: {
      kind: 'mail',
      sha256: 'a'.repeat(64),
      sizeBytes: 10,
      subject: 'Your account \0 is locked',
      date: null,
      messageId: 'id@sender.example',
      from: [{ address: 'Mallory@Sender.example', name: '' }],
      to: [],
      attachments: [],
      innerMails: 0,
    },
    findings: [],
    indicators: {
      v: 1,
      urls: [],
      domains: [
        {
          domain: 'login.bad.example',
          unicode: 'login.bad.example',
          registrableDomain: 'bad.example',
          sources: ['url'],
        },
      ],
      ips: [{ ip: '192.0.2.7', version: 4, scope: 'public', sources: ['text'] }],
      addresses: [],
      hashes: [{ md5: null, sha1: null, sha256: 'b'.repeat(64), fileName: null }],
      received: [],
      limits: [],
    },
    limits: [],
    defects: [],
    partial: false,
    missing: [],
    parts: [],
    visits: [],
    answers: [],
    authentication: null,
    timings: [],
    changes: null,
  };
}
