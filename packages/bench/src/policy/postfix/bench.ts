import { ALL_BUCKETS, TenantPolicy } from '@sluice/contracts';
import { bucketKeys } from '@sluice/fleet/jobs';
import { closeRedis, connectRedis, type Redis } from '@sluice/fleet/redis';
import { eventually, freePort } from '@sluice/testkit';
import type { BenchmarkResult, Measures } from '../../measure.ts';
import { type Ground, layGround, type LoneGateway, startGateway } from '../../lone-gateway.ts';
import { type Postfix, startPostfix } from './server.ts';

const MAILS = 200;
const AT_ONCE = 4;
const PATIENCE_MS = 60_000;
/** A change is to reach every check by then. */
const SOON_MS = 1_000;

interface Trial {
  ground: Ground;
  gateway: LoneGateway;
  postfix: Postfix;
  redis: Redis;
  say: (line: string) => void;
}

/**
 * A real Postfix that asks the policy service and relays into LMTP: what it says to a client in each case, and that each mail that it has taken becomes one
 * job, also where the gateway is killed meanwhile. Throws where it is not so.
 */
export async function runPostfixTrial(_words: string[], say: (line: string) => void): Promise<BenchmarkResult> {
  const ground = await layGround();
  const redis = connectRedis(ground.redis.url, { name: 'trial' });
  const stops: (() => Promise<unknown>)[] = [() => ground.stop(), () => closeRedis(redis)];
  let log = async () => '';
  try {
    const lmtpPort = await freePort();
    const gateway = await startGateway(ground, { LMTP_PORT: String(lmtpPort) });
    stops.push(() => trial.gateway.stop());
    const trial: Trial = {
      ground,
      gateway,
      redis,
      say,
      postfix: await startPostfix({ policyPort: gateway.policyPort, lmtpPort }),
    };
    const { postfix } = trial;
    stops.push(() => postfix.stop());
    log = postfix.log;
    say(`Postfix ${postfix.version} on 127.0.0.1:${postfix.port}, a folder of its own, nothing installed`);
    await enter(trial);
    const measures = { postfix: postfix.version, ...(await tryAll(trial)) };
    return { method: 'Debian’s Postfix, unpacked; one gateway; real Redis and PostgreSQL; loopback only', measures };
  } catch (error) {
    for (const line of (await log()).split('\n').slice(-20)) say(line);
    throw error;
  } finally {
    for (const stop of stops.toReversed()) await stop();
  }
}

async function tryAll(trial: Trial): Promise<Measures> {
  const { say } = trial;
  const measures: Measures = {};
  for (const [name, attempt] of Object.entries(ATTEMPTS)) {
    const result = await attempt(trial);
    say(`ok: ${name}${result === undefined ? '' : `: ${result}`}`);
    measures[name.toLowerCase().replaceAll(/[^a-z]+/g, '_')] = result ?? 'ok';
  }
  return measures;
}

const ATTEMPTS: Record<string, (trial: Trial) => Promise<string | undefined>> = {
  'every mail that was taken is one job': relayAll,
  'an unknown recipient is refused at RCPT': refuseUnknown,
  'another domain is none of ours': refuseRelay,
  'an address that is shut and opened': shutAndOpen,
  'a plan that is used up defers': deferOverPlan,
  'with PostgreSQL away what is cached is known and the rest deferred': withoutRecord,
  'a gateway that is killed loses no mail that was taken': killGateway,
};

async function enter({ ground, gateway }: Trial): Promise<void> {
  await ground.records.tenants.put(TenantPolicy.parse({ v: 1, tenant: 'acme', name: 'Acme' }), Date.now());
  await admin(gateway, 'POST', '/tenants', { tenant: 'small', name: 'Small', plan: { jobsPerDay: 1 } });
  for (const [address, tenant] of [
    ['Ann@Acme.example', 'acme'],
    ['bob@acme.example', 'acme'],
    ['@elsewhere.example', 'acme'],
    ['one@small.example', 'small'],
  ]) {
    await admin(gateway, 'POST', '/addresses', { address, tenant });
  }
}

async function admin({ url, apiKey }: LoneGateway, method: string, path: string, body: unknown): Promise<void> {
  const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
  const response = await fetch(`${url}/api/admin${path}`, { method, headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
}

/** Sends numbered mails over several connections at once; their subjects, once all were taken. */
async function sendMany({ postfix }: Trial, name: string, count: number): Promise<string[]> {
  const recipients = ['ann@acme.example', 'ANN+news@ACME.EXAMPLE', 'bob@acme.example', 'any.body@elsewhere.example'];
  const subjects = Array.from({ length: count }, (_, n) => `${name}-${n}`);
  const waiting = subjects.entries();
  const lane = async () => {
    const dialog = await postfix.dial();
    for (const [n, subject] of waiting) {
      expect(await dialog.send(recipients[n % recipients.length] ?? '', subject), /^250 /);
    }
    await dialog.end();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return subjects;
}

/** Subjects of the mails that are jobs. */
async function subjectsOf({ redis, gateway }: Trial, tenant: string): Promise<string[]> {
  const ids = (await Promise.all(ALL_BUCKETS.map((bucket) => redis.zrange(bucketKeys(bucket).open, '0', '-1')))).flat();
  const mails: string[] = [];
  for (const id of ids) {
    const raw = await fetch(`${gateway.url}/api/pipeline/jobs/${id}/raw?tenant=${tenant}`, {
      headers: { authorization: `Bearer ${gateway.apiKey}` },
    });
    if (raw.ok) mails.push(/^Subject: (.*)$/m.exec(await raw.text())?.[1]?.trim() ?? '');
  }
  return mails;
}

async function expectJobs(trial: Trial, subjects: string[]): Promise<void> {
  await eventually(async () => (await trial.postfix.queued()) === 0, PATIENCE_MS);
  const made = (await subjectsOf(trial, 'acme')).filter((subject) => subjects.includes(subject));
  const missing = subjects.filter((subject) => !made.includes(subject));
  if (missing.length > 0) throw new Error(`mails that were taken and are no jobs: ${missing.join(', ')}`);
  if (made.length > subjects.length) throw new Error(`${made.length} jobs of ${subjects.length} mails`);
}

async function relayAll(trial: Trial): Promise<string> {
  const beganMs = performance.now();
  const subjects = await sendMany(trial, 'mail', MAILS);
  await eventually(async () => (await trial.postfix.queued()) === 0, PATIENCE_MS);
  const seconds = (performance.now() - beganMs) / 1_000;
  await expectJobs(trial, subjects);
  return `${MAILS} mails, ${Math.round(MAILS / seconds)} a second`;
}

async function offered({ postfix }: Pick<Trial, 'postfix'>, recipient: string): Promise<string> {
  const dialog = await postfix.dial();
  try {
    return await dialog.offer(recipient);
  } finally {
    await dialog.end();
  }
}

async function refuseUnknown(trial: Trial): Promise<string> {
  return expect(await offered(trial, 'nobody@acme.example'), /^554 5\.1\.1 .*no such recipient/);
}

async function refuseRelay(trial: Trial): Promise<string> {
  return expect(await offered(trial, 'ann@gmail.example'), /^554 5\.7\.1 .*Relay access denied/);
}

async function shutAndOpen(trial: Trial): Promise<string> {
  const { gateway } = trial;
  const dialog = await trial.postfix.dial();
  const until = (wanted: RegExp) =>
    eventually(async () => wanted.test(await dialog.offer('bob@acme.example')), SOON_MS);
  await until(/^250 /);
  await admin(gateway, 'PUT', '/addresses/bob%40acme.example', { isActive: false });
  await until(/^554 5\.2\.1 /);
  await admin(gateway, 'PUT', '/addresses/bob%40acme.example', { isActive: true });
  await until(/^250 /);
  await dialog.end();
  return 'each seen within a second, over one connection';
}

async function deferOverPlan(trial: Trial): Promise<string> {
  const dialog = await trial.postfix.dial();
  expect(await dialog.send('one@small.example', 'small-1'), /^250 /);
  await eventually(async () => (await trial.postfix.queued()) === 0, PATIENCE_MS);
  let reply = '';
  await eventually(async () => {
    reply = await dialog.offer('one@small.example');
    return reply.startsWith('4');
  }, 3 * SOON_MS);
  await dialog.end();
  return expect(reply, /^450 4\.3\.2 /);
}

async function withoutRecord(trial: Trial): Promise<string> {
  const { postgres } = trial.ground;
  await postgres.pause();
  try {
    expect(await offered(trial, 'ann@acme.example'), /^250 /);
    return expect(await offered(trial, 'never.asked@acme.example'), /^450 4\.3\.0 /);
  } finally {
    await postgres.restart();
  }
}

/** Mails are under way between Postfix and the gateway when it dies; Postfix keeps what was not taken from it. */
async function killGateway(trial: Trial): Promise<string> {
  const { gateway, ground, postfix } = trial;
  const before = await sendMany(trial, 'killed', MAILS);
  await gateway.kill();
  const left = await postfix.queued();
  const reply = expect(await offered(trial, 'ann@acme.example'), /^4\d\d /);
  trial.gateway = await startGateway(ground, gateway.settings);
  await expectJobs(trial, before);
  return `${left} of ${MAILS} were still in its queue; meanwhile: ${reply}`;
}

function expect(reply: string, wanted: RegExp): string {
  if (wanted.test(reply)) return reply;
  throw new Error(`the reply is ${reply}, not ${wanted}`);
}
