import { tasks, type TenantId } from '@sluice/contracts';
import { openBlobs, openInbox } from '@sluice/fleet/blobs';
import { createFailureList, createJobStore, createJournal } from '@sluice/fleet/jobs';
import { createGoneWebhooks } from '@sluice/fleet/notify';
import { createProducer } from '@sluice/fleet/queue';
import { closeRedis, connectRedis } from '@sluice/fleet/redis';
import type { Service, Surroundings } from '@sluice/fleet/service';
import { createHints, createSays, createSettings, parseDataKey } from '@sluice/fleet/settings';
import { openRecords } from '@sluice/records';
import { createAdmission } from './admission/admission.ts';
import { createPressure } from './admission/pressure.ts';
import { createRequireOn, showSwitches } from './admission/switches.ts';
import { createAudit } from './audit.ts';
import { openFleetCache } from './cache/open.ts';
import type { Config } from './config.ts';
import { createApp } from './http/app.ts';
import { createGate } from './http/gate.ts';
import { createHttpServer, type HttpServer } from './http/server.ts';
import type { Route } from './http/route.ts';
import { createTable } from './http/table.ts';
import { createJobFinder } from './jobs/archive.ts';
import { createRetry } from './jobs/retry.ts';
import { createStatusReader } from './jobs/status.ts';
import { createAddressOf } from './keys/address.ts';
import { loadAdminKey } from './keys/admin-key.ts';
import { createAuthenticator } from './keys/authenticate.ts';
import { createKeyDirectory } from './keys/directory.ts';
import { createGuesses } from './keys/guesses.ts';
import { createLastUse } from './keys/last-use.ts';
import { createSessions } from './keys/sessions.ts';
import { createLetterOrders } from './letters/orders.ts';
import { createQuotaReader } from './quotas/reader.ts';
import { withSays } from './judgement/says.ts';
import { createTrial } from './judgement/trial.ts';
import { createRecordStart } from './record.ts';
import { openMailIntake } from './intake/intake.ts';
import { createPolicyService } from './policy/policy.ts';
import { openRequests } from './requests/open.ts';
import { createHub } from './sockets/hub.ts';
import { createSocketServer } from './sockets/server.ts';
import { createSubmit } from './submit.ts';
import { createTenantBook } from './tenants/book.ts';
import { createErase } from './tenants/erase.ts';
import { createWebhookChanges } from './webhooks/changes.ts';
import { createGoneSweep } from './webhooks/gone.ts';

/** A request does not wait longer for Redis: then it is 503, and whoever asked tries again. */
const ANSWER_WITHIN_MS = 5_000;
const MEMORY_SHARE = 0.85;
const BYTES_PER_MB = 1_024 * 1_024;

type Means = Awaited<ReturnType<typeof openMeans>>;

export async function build(config: Config, surroundings: Surroundings): Promise<Service> {
  const means = await openMeans(config, surroundings);
  const door = openDoor(config, means);
  const intake = openIntake(config, means, door);
  const { log } = surroundings;
  const mail = await openMailIntake({ ...means, config, submit: intake.submit, directory: door.policy.directory });
  const { http, sockets, waits } = openServers(means, door, { ...intake, intakeRoutes: mail.routes });
  return {
    async start() {
      await door.recordStart.start();
      await listen(http, config);
      await mail.start();
      await door.policy.start();
      door.gone.start();
      log.info('listening', { address: http.server.address() });
    },
    async stop() {
      door.recordStart.stop();
      const closed = Promise.all([http.close(), mail.stop(), door.policy.stop(), door.gone.stop()]);
      waits.stop();
      sockets.stop();
      means.hub.stop();
      await closed;
      await door.lastUse.stop();
      await means.close();
    },
  };
}

/** Connections and stores, and the end of them. */
async function openMeans(config: Config, surroundings: Surroundings) {
  const { redisUrl, worker, log } = surroundings;
  const fileKey = await loadAdminKey(config.SLUICE_DATA_DIR);
  const onError = (error: Error) => void log.warn('redis trouble', { error });
  const redis = connectRedis(redisUrl, { name: `${worker}:requests`, answerWithinMs: ANSWER_WITHIN_MS, onError });
  const subscriber = connectRedis(redisUrl, { name: `${worker}:events`, onError });
  const cache = await openFleetCache(config, { ...surroundings, redis });
  const records = openRecords({
    url: config.DATABASE_URL,
    onError: (error) => void log.warn('record trouble', { error }),
  });
  const onSettingsError = (error: unknown) => void log.warn('settings trouble', { error });
  const settings = createSettings({ redis, onError: onSettingsError });
  const says = createSays({ redis, settings, onError: onSettingsError });
  showSwitches({ settings, onError: onSettingsError });
  const onTrouble = (error: Error, jobId: string) => void log.warn('inbox trouble', { jobId, error });
  const producer = createProducer(redis);
  const hub = createHub(subscriber, redis);
  const stores = { blobs: openBlobs(config), inbox: openInbox(config, { onTrouble }) };
  return {
    ...stores,
    fileKey,
    redis,
    cache,
    records,
    settings,
    says,
    hints: createHints(redis),
    producer,
    hub,
    requestLimits: { maxMails: config.REQUEST_MAX_MAILS, scansPerKey: config.SCANS_PER_KEY },
    socketLimits: { most: config.SOCKETS_MAX, mostPerKey: config.SOCKETS_PER_KEY },
    worker,
    log,
    jobs: createJobStore(redis),
    audit: createAudit({ records, log }),
    async close(): Promise<void> {
      says.stop();
      settings.stop();
      await producer.close();
      await Promise.all([cache.stop(), records.close(), closeRedis(redis), closeRedis(subscriber)]);
    },
  };
}

/** Who may come in, and how often. */
function openDoor(config: Config, { fileKey, redis, cache, records, settings, says, hints, audit, log }: Means) {
  const directory = createKeyDirectory(cache.keys, records.keys);
  const sessions = createSessions(redis);
  const lastUse = createLastUse(records.keys, (error) => void log.warn('last use of keys not recorded', { error }));
  const addressOf = createAddressOf(config.TRUSTED_PROXIES);
  const guesses = createGuesses(redis);
  const authenticator = createAuthenticator({ fileKey, directory, sessions, guesses, settings, lastUse, addressOf });
  const admission = createAdmission({ redis, settings });
  const namespace = cache.isOn ? cache.policy : null;
  const policy = createPolicyService({ config, namespace, records, settings, room: admission.room, log });
  const forgetting = {
    forgetTenant: async (tenant: TenantId) => {
      await directory.forgetTenant(tenant);
      await policy.directory.forgetTenant(tenant);
    },
  };
  const book = createTenantBook({ redis, tenants: records.tenants, settings, directory: forgetting });
  const recordStart = createRecordStart({ records, book: withSays({ book, says, hints, records }), fileKey, log });
  const changes = createWebhookChanges({ book, dataKey: undefined });
  const gone = createGoneSweep({ gone: createGoneWebhooks(redis), changes, audit, log });
  return { directory, sessions, lastUse, authenticator, admission, policy, book, recordStart, gone };
}

type Door = ReturnType<typeof openDoor>;

/** The way of a submission. */
function openIntake(config: Config, means: Means, { admission }: Pick<Door, 'admission'>) {
  const { redis, producer } = means;
  const limits = {
    queueAgeMs: config.QUEUE_AGE_HIGH_WATER * 1_000,
    journalEntries: config.JOURNAL_HIGH_WATER,
    memoryBytes: config.REDIS_HIGH_WATER === undefined ? null : config.REDIS_HIGH_WATER * BYTES_PER_MB,
    memoryShare: MEMORY_SHARE,
  };
  const pressure = createPressure({ redis, producer, journal: createJournal(redis), limits });
  const dataKey = config.DATA_KEY === undefined ? undefined : parseDataKey(config.DATA_KEY);
  const requireOn = createRequireOn(means);
  const submit = createSubmit({ ...means, admission, pressure, requireOn, jobTimeoutMs: config.JOB_TIMEOUT * 1_000 });
  return { submit, dataKey };
}

type Intake = ReturnType<typeof openIntake> & { intakeRoutes: readonly Route[] };

function openServers(means: Means, door: Door, { submit, dataKey, intakeRoutes }: Intake) {
  const { redis, records, jobs, cache, log } = means;
  const { authenticator, admission } = door;
  const findJob = createJobFinder({ jobs, records });
  const failures = createFailureList(redis);
  const retry = createRetry({ ...means, catalogue: tasks });
  const requests = openRequests({ ...means, submit, findJob, retry, failures });
  const routes = createTable({
    ...means,
    ...door,
    ...requests,
    findJob,
    readStatus: createStatusReader({ jobs, findJob, namespace: cache.isOn ? cache.status : null }),
    trySay: createTrial({ ...means, findJob }),
    dataKey,
    intakeRoutes,
    submit,
    retry,
    erase: createErase(means),
    orders: createLetterOrders({ letters: records.deadLetters, failures }),
    readQuotas: createQuotaReader({ redis }),
  });
  const gate = createGate({ authenticator, admission });
  const http = createHttpServer(createApp({ routes, gate, log }));
  const sockets = createSocketServer({ ...means, gate, authenticator, findJob });
  sockets.attach(http.server);
  return { http, sockets, waits: requests.waits };
}

function listen({ server }: HttpServer, { PORT, HOST }: Config): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(PORT, HOST, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
