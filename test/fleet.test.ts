import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Client } from '@sluice/client';
import { type Fleet, REPOSITORY } from '@sluice/supervisor';
import { eventually } from '@sluice/testkit';
import { clientOf, fleetEnv, makeFolder, removeFolder, startHouse } from './fleets.ts';

/** Says a bank and leads elsewhere, and brings a program that calls itself an invoice. */
const PHISH = [
  'From: "Example Bank" <service@bank.example>',
  'To: bob@receiver.example',
  'Subject: Your account',
  'Date: Mon, 02 Nov 2026 10:00:00 +0000',
  'Message-ID: <1@bank.example>',
  'MIME-Version: 1.0',
  'Content-Type: multipart/mixed; boundary="b"',
  '',
  '--b',
  'Content-Type: text/html; charset=utf-8',
  '',
  '<a href="http://203.0.113.9/login">https://www.paypal.com/login</a>',
  '--b',
  'Content-Type: application/pdf; name="invoice.pdf.exe"',
  'Content-Disposition: attachment; filename="invoice.pdf.exe"',
  'Content-Transfer-Encoding: base64',
  '',
  Buffer.concat([Buffer.from('MZ'), Buffer.alloc(200)]).toString('base64'),
  '--b--',
  '',
].join('\r\n');

let dataDir: string;
let fleet: Fleet;
let client: Client;
let phishJob: string;
beforeAll(async () => {
  dataDir = await makeFolder();
  fleet = await startHouse(dataDir);
  client = await clientOf(dataDir, fleet.url);
}, 60_000);
afterAll(async () => {
  await fleet.stop();
  await removeFolder(dataDir);
});

describe('the house', () => {
  test('gives a report with findings and evidence for a mail that lies about a link and brings a program', async () => {
    const seen: string[] = [];
    const { jobId } = await client.submitMail(Buffer.from(PHISH), { priority: 'high' });
    const status = await client.wait(jobId, { onEvent: ({ type }) => seen.push(type) });
    expect(status).toMatchObject({ state: 'completed', percent: 100, revision: 1, priority: 'high', error: null });
    expect(seen[0]).toBe('snapshot');
    expect(seen.at(-1)).toBe('job.ended');
    const report = await client.report(jobId);
    const ids = report.findings.map(({ id }) => id.split('.')[0]);
    expect(ids).toEqual(expect.arrayContaining(['link', 'attachment']));
    expect(report).toMatchObject({ verdict: 'malicious', partial: false, missing: [], pipeline: 'email-scan' });
    expect(report.indicators.ips).toMatchObject([{ ip: '203.0.113.9' }]);
    expect(report.subject).toMatchObject({ subject: 'Your account', attachments: [{ fileName: 'invoice.pdf.exe' }] });
    for (const finding of report.findings) expect(finding.evidence.length).toBeGreaterThan(0);
    expect(await client.reportAs(jobId, 'text/markdown')).toContain('MALICIOUS');
    phishJob = jobId;
  });

  test.each([
    [{ type: 'url', value: 'hxxp://198.51.100[.]7/login' } as const, 'http://198.51.100.7/login'],
    [{ type: 'domain', value: 'Evil[.]example.com' } as const, 'evil.example.com'],
    [{ type: 'ip', value: '2001:DB8::1' } as const, '2001:db8::1'],
    [{ type: 'hash', value: 'A'.repeat(64) } as const, 'a'.repeat(64)],
  ])('gives a report for an observable: %j', async (observable, value) => {
    const { jobId } = await client.submitObservable(observable);
    expect(await client.wait(jobId)).toMatchObject({ state: 'completed', pipeline: 'observable-scan' });
    const report = await client.report(jobId);
    expect(report).toMatchObject({ partial: false, subject: { kind: 'observable', type: observable.type, value } });
  });

  test('cancels a job that waits for a worker, and goes on with the others', async () => {
    fleet.kill('analyzer-worker', 'SIGSTOP');
    const { jobId } = await client.submitMail(Buffer.from(PHISH));
    const other = await client.submitObservable({ type: 'ip', value: '192.0.2.1' });
    const ended = client.wait(jobId);
    await client.cancel(jobId);
    expect(await ended).toMatchObject({ state: 'cancelled' });
    await expect(client.report(jobId)).rejects.toMatchObject({ code: 'no-report' });
    fleet.kill('analyzer-worker', 'SIGCONT');
    expect(await client.wait(other.jobId)).toMatchObject({ state: 'completed' });
    expect((await client.status(jobId)).state).toBe('cancelled');
  });

  test('counts what it did, and shows a worker of every pool alive', async () => {
    const { jobs, workers, queues } = await client.stats();
    expect(jobs).toMatchObject({ open: 0, accepted: 7, ended: { completed: 6, cancelled: 1 } });
    expect(Object.values(queues).every(({ waiting, active }) => waiting + active === 0)).toBe(true);
    const pools = workers.filter(({ alive }) => alive).map(({ pool }) => pool);
    expect(pools).toEqual(expect.arrayContaining(['analysis', 'aggregation', 'sandbox']));
  });
});

describe('a restart', () => {
  test('on the same folder keeps key, report and history; and SIGTERM leaves no process', async () => {
    const before = await client.report(phishJob);
    await fleet.stop();
    const supervisor = spawn(process.execPath, [join(REPOSITORY, 'packages/supervisor/src/main.ts')], {
      env: fleetEnv(dataDir),
      stdio: 'ignore',
    });
    try {
      const { url, pids } = await eventually(() => readFleet(supervisor), 60_000);
      const again = await clientOf(dataDir, url);
      expect(await again.report(phishJob)).toEqual(before);
      expect((await again.stats()).jobs).toMatchObject({ accepted: 7, open: 0 });
      expect(pids).toHaveLength(9);
      supervisor.kill('SIGTERM');
      const [status] = await once(supervisor, 'exit');
      expect(status).toBe(0);
      expect(pids.filter(isAlive)).toEqual([]);
    } finally {
      supervisor.kill('SIGTERM');
    }
  });
});

/** Throws until the fleet is ready. */
function readFleet({ pid }: ChildProcess): { url: string; pids: number[] } {
  const file = JSON.parse(readFileSync(join(dataDir, 'fleet.json'), 'utf8')) as {
    url: string;
    pid: number;
    processes: { pid: number }[];
  };
  if (file.pid !== pid) throw new Error('the file is of another fleet');
  return { url: file.url, pids: file.processes.map((process) => process.pid) };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
