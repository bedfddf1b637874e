import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Client } from '@sluice/client';
import type { Fleet } from '@sluice/supervisor';
import { buildMail, type HostileSite, startHostileSite } from '@sluice/testkit';
import { clientOf, makeFolder, removeFolder, startHouse } from './fleets.ts';

const MAILS = [
  ['chain', 'to-metadata', 'to-loopback', 'plain'],
  ['loop', 'huge', 'hang', 'download'],
];

type Report = Awaited<ReturnType<Client['report']>>;
type ReportVisit = Report['visits'][number];

let dataDir: string;
let fleet: Fleet;
let client: Client;
let site: HostileSite;
let reports: Report[];

beforeAll(async () => {
  [dataDir, site] = await Promise.all([makeFolder(), startHostileSite()]);
  const settings = { SANDBOX_ALLOW_PRIVATE: site.address, SANDBOX_VISIT_SECONDS: '25' };
  fleet = await startHouse(dataDir, settings);
  client = await clientOf(dataDir, fleet.url);
  reports = await Promise.all(MAILS.map(scan));
}, 240_000);
afterAll(async () => {
  await fleet.stop();
  await Promise.all([site.stop(), removeFolder(dataDir)]);
});

async function scan(paths: string[]): Promise<Report> {
  const links = paths.map((path) => `<p><a href="${site.origin}/${path}">See ${path}</a></p>`);
  const { jobId } = await client.submitMail(buildMail({ subject: 'Links of all kinds', html: links.join('') }));
  await client.wait(jobId);
  return client.report(jobId);
}

function visitOf(path: string): ReportVisit {
  const visit = reports.flatMap(({ visits }) => visits).find(({ url }) => url === `${site.origin}/${path}`);
  if (visit === undefined) throw new Error(`the report says nothing of /${path}`);
  return visit;
}

const cutsOf = (path: string) => visitOf(path).facts?.cuts.map(({ reason }) => reason);

describe('the report of a mail with hostile links', () => {
  test('tells the way through all four kinds of redirect, in order', () => {
    const { facts, status } = visitOf('chain');
    expect(status).toBe('visited');
    expect(facts?.by).toBe('browser');
    expect(facts?.chain.map(({ url, kind }) => [new URL(url).pathname, kind])).toEqual([
      ['/chain', 'http'],
      ['/by-header', 'refresh-header'],
      ['/by-meta', 'meta-refresh'],
      ['/by-script', 'script'],
      ['/login', null],
    ]);
  });

  test('tells what the look-alike page asks for, and where it sends it', () => {
    const { facts, brands } = visitOf('chain');
    expect(facts?.landing).toMatchObject({ title: 'PayPal: Log in to your account', passwordFields: 1 });
    expect(facts?.landing?.forms).toMatchObject([{ method: 'post', action: 'http://collector.example/take.php' }]);
    expect(facts?.screenshot).toMatch(/^default\//);
    expect(brands.map((brand) => brand.toLowerCase())).toContain('paypal');
    expect(reports[0]).toMatchObject({ verdict: 'malicious', category: 'phishing' });
  });

  test('tells of every attempt to lead where a visit must not go, and nothing private was touched', () => {
    for (const path of ['to-metadata', 'to-loopback']) expect(cutsOf(path)).toContain('private-address');
    expect(visitOf('to-metadata').facts?.guard).toMatchObject([
      { address: '169.254.169.254', why: 'metadata', allowed: false },
    ]);
    expect(visitOf('to-loopback').facts?.guard).toMatchObject([
      { address: '127.0.0.1', why: 'loopback', allowed: false },
    ]);
    expect(site.trapped()).toBe(0);
  });

  test('tells what was cut, and why', () => {
    expect(cutsOf('loop')).toContain('loop');
    expect(cutsOf('huge')).toContain('bytes');
    expect(cutsOf('hang')).toContain('time');
    expect(visitOf('download').facts?.download).toMatchObject({ fileName: 'invoice.exe' });
    expect(cutsOf('plain')).toEqual([]);
  });

  test('reads so for a person too', async () => {
    const jobIds = reports.map(({ jobId }) => jobId);
    const texts = await Promise.all(jobIds.map((jobId) => client.reportAs(jobId, 'text/markdown')));
    for (const words of ['hxxp', 'collector', 'meta', 'invoice.exe']) expect(texts.join()).toContain(words);
    const html = (await Promise.all(jobIds.map((jobId) => client.reportAs(jobId, 'text/html')))).join();
    expect(html).not.toMatch(/<(script|img|iframe|a )/i);
  });
});
