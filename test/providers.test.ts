import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Client } from '@sluice/client';
import type { Fleet } from '@sluice/supervisor';
import { buildMail, eventually, type SimulatedProviders, startProviders } from '@sluice/testkit';
import { clientOf, makeFolder, readLogs, releaseAll, removeFolder, startHouse } from './fleets.ts';

type Report = Awaited<ReturnType<Client['report']>>;
type Provider = keyof Pick<SimulatedProviders, 'virustotal' | 'abuseipdb' | 'urlscan' | 'shodan' | 'gemini'>;
const PROVIDERS: Provider[] = ['virustotal', 'abuseipdb', 'urlscan', 'shodan', 'gemini'];
const FREELY = { limits: [] };

let dataDir: string;
let fleet: Fleet;
let client: Client;
let providers: SimulatedProviders;
let sent = 0;

beforeAll(async () => {
  const freely = Object.fromEntries(PROVIDERS.map((name) => [name, FREELY]));
  [dataDir, providers] = await Promise.all([makeFolder(), startProviders(freely)]);
  const quotas = Object.fromEntries(PROVIDERS.map((name) => [`${name.toUpperCase()}_QUOTA`, '1000/s']));
  const timeouts = Object.fromEntries(PROVIDERS.map((name) => [`${name.toUpperCase()}_TIMEOUT_SECONDS`, '2']));
  const retries = { RETRY_BACKOFF_BASE_SECONDS: '3', MAX_RETRY_ATTEMPTS: '5' };
  // Names in these mails are looked up nowhere but at the simulators.
  const visits = { SANDBOX_MAX_VISITS: '0', MAIL_AUTH_DNS: 'off' };
  const settings = { ...visits, ...providers.env, ...quotas, ...timeouts, ...retries, URLSCAN_RESULT_QUOTA: '1000/s' };
  fleet = await startHouse(dataDir, settings);
  client = await clientOf(dataDir, fleet.url);
  await releaseAll(client);
}, 90_000);
afterAll(async () => {
  await fleet.stop();
  await Promise.all([providers.stop(), removeFolder(dataDir)]);
});

/** A mail about something that no provider was asked before. */
async function scan(name: string, suffix: 'com' | 'org' | 'net'): Promise<Report> {
  const html = `<p>Dear customer</p><a href="https://${name}.example.${suffix}/login">Log in</a> <a href="http://203.0.113.${name.length}/x">Here</a>`;
  const headers = {
    Received: `from out.${name}.example.${suffix} (unknown [8.8.${name.length}.8]) by mx.example.net; Mon, 02 Nov 2026 10:00:00 +0000`,
  };
  const { jobId } = await client.submitMail(
    buildMail({ from: `ann@${name}.example.${suffix}`, subject: `About ${name}`, html, headers }),
  );
  await client.wait(jobId);
  return client.report(jobId);
}

const statusesOf = (report: Report, provider: Provider) =>
  new Set(report.answers.filter((answer) => answer.provider === provider).map(({ status }) => status));

const amended = (jobId: string) =>
  eventually(async () => {
    const report = await client.report(jobId);
    expect(report.revision).toBeGreaterThan(1);
    expect(report.partial).toBe(false);
    return report;
  }, 90_000);

describe('with five providers', () => {
  test('the report has an answer of each, and the second mail about the same has them from the cache', async () => {
    const first = await scan('plain', 'com');
    expect(first.partial).toBe(false);
    for (const provider of PROVIDERS) expect([provider, ...statusesOf(first, provider)]).toEqual([provider, 'fresh']);
    const calls = providers.virustotal.calls().length;
    const second = await scan('plain', 'com');
    for (const provider of PROVIDERS) expect([provider, ...statusesOf(second, provider)]).toEqual([provider, 'cached']);
    expect(providers.virustotal.calls()).toHaveLength(calls);
  });

  test('one slow, one down, one refusing and one answering rubbish leave a partial report that says so, and is amended when they are well', async () => {
    providers.virustotal.behave('down');
    providers.abuseipdb.behave('slow', { delayMs: 4_000 });
    providers.urlscan.behave('refusing', { retryAfterSeconds: 20 });
    providers.gemini.behave('rubbish');
    const partial = await scan('trouble', 'org');
    expect(partial).toMatchObject({ revision: 1, partial: true, changes: null });
    // After some failures the provider is left alone, and who asks then stands in line.
    for (const status of statusesOf(partial, 'virustotal')) expect(['failed', 'refused']).toContain(status);
    expect([...statusesOf(partial, 'abuseipdb')]).toEqual(['failed']);
    expect([...statusesOf(partial, 'urlscan')]).toEqual(['refused']);
    expect([...statusesOf(partial, 'shodan')]).toEqual(['fresh']);
    expect([...statusesOf(partial, 'gemini')]).toEqual(['failed']);
    for (const name of ['VirusTotal', 'AbuseIPDB', 'urlscan', 'Gemini']) {
      expect(partial.missing.map(({ what }) => what).join('; ')).toContain(name);
    }

    for (const provider of PROVIDERS) providers[provider].behave('well');
    await amended(partial.jobId);
    const whole = await client.report(partial.jobId);
    for (const provider of PROVIDERS) expect([provider, ...statusesOf(whole, provider)]).toEqual([provider, 'fresh']);
    expect(whole.score).toBeGreaterThanOrEqual(partial.score);
    expect(whole.changes?.since).toBe(whole.revision - 1);
    expect(whole.changes?.filled.length).toBeGreaterThan(0);
    // urlscan was asked two questions at once: one was under way when the other was refused.
    expect(providers.breaches()).toBeLessThanOrEqual(1);
  }, 150_000);

  test('one that an operator switches off is named as not asked and costs confidence, until it is on again', async () => {
    const calls = providers.shodan.calls().length;
    await client.admin.switches.off('shodan', 'It is wrong.');
    const report = await eventually(async () => {
      const told = await scan(`off${sent++}`, 'com');
      expect([...statusesOf(told, 'shodan')]).toEqual(['not-asked']);
      return told;
    }, 30_000);
    expect(report).toMatchObject({ partial: true, confidence: 0.8 });
    expect(report.missing.map(({ what }) => what)).toEqual(['Shodan']);
    await client.admin.switches.on('shodan');
    await eventually(async () =>
      expect([...statusesOf(await scan(`on${sent++}`, 'com'), 'shodan')]).toEqual(['fresh']),
    );
    expect(providers.shodan.calls().length).toBeGreaterThan(calls);
  }, 90_000);

  test('no key reaches a log, a report or a queue', async () => {
    const secret = providers.virustotal.apiKey;
    const report = await scan('secret', 'net');
    expect(JSON.stringify(report)).not.toContain(secret);
    for (const { text } of await readLogs(dataDir)) expect(text).not.toContain(secret);
  });
});
