import { existsSync } from 'node:fs';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Report, type SocketMessage } from '@sluice/contracts';
import { eventually } from '@sluice/testkit';
import { exitStatus } from '../src/command/exit-status.ts';
import { mail, makeFolder, type Ran, runCommand, startCommand, startTestFleet, type TestFleet } from './fleets.ts';

let fleet: TestFleet;
let mails: string;
beforeAll(async () => {
  mails = await makeFolder();
  fleet = await startTestFleet();
}, 180_000);
afterAll(async () => {
  await fleet.stop();
  await rm(mails, { recursive: true, force: true });
}, 120_000);

const here = () => ({ SLUICE_DATA_DIR: fleet.dataDir, INIT_CWD: mails });
const byUrl = () => ({ SLUICE_URL: fleet.url, INIT_CWD: mails });
const scan = (...words: string[]): Promise<Ran> => runCommand(['scan', ...words], here());

/** Each line of the output as a report with its file, which fails where anything else stands there. */
function reportsOf({ out }: Ran): { file: string; report: Report }[] {
  const lines = out.split('\n');
  expect(lines.pop()).toBe('');
  return lines.map((line) => {
    const { file, ...report } = JSON.parse(line) as { file: string };
    return { file, report: Report.parse(report) };
  });
}

function statusFor(reports: { report: Report }[]): number {
  const verdicts = { clean: 0, suspicious: 0, malicious: 0 };
  for (const { report } of reports) verdicts[report.verdict] += 1;
  return exitStatus({ verdicts, errors: 0 });
}

describe('with --json', () => {
  test('a folder, an mbox and a mail become one report a line and nothing else, and the exit status is the worst verdict', async () => {
    const folder = join(mails, 'folder');
    await mkdir(join(folder, 'deep'), { recursive: true });
    await writeFile(join(folder, 'a.eml'), mail('in a folder'));
    await writeFile(join(folder, 'deep', 'no ending'), mail('deeper'));
    await writeFile(join(folder, '.hidden'), 'x');
    await symlink('..', join(folder, 'deep', 'up'));
    const separator = 'From a@b.example Thu Jan  1 00:00:00 1970\r\n';
    await writeFile(join(mails, 'two'), `${separator}${mail('first')}\r\n${separator}${mail('second', '>From x')}\r\n`);
    await writeFile(join(mails, 'one.eml'), separator + mail('with an envelope'));

    const ran = await scan('--json', 'folder', 'two', 'one.eml');
    const reports = reportsOf(ran);
    expect(ran).toMatchObject({ status: statusFor(reports), err: '' });
    const subjects = Object.fromEntries(
      reports.map(({ file, report: { subject } }) => [file, subject.kind === 'mail' ? subject.subject : '']),
    );
    expect(subjects).toEqual({
      'folder/a.eml': 'in a folder',
      'folder/deep/no ending': 'deeper',
      'two#1': 'first',
      'two#2': 'second',
      'one.eml': 'with an envelope',
    });
    const sizeOf = (file: string) => {
      const subject = reports.find((one) => one.file === file)?.report.subject;
      return subject?.kind === 'mail' ? subject.sizeBytes : 0;
    };
    expect(sizeOf('two#2')).toBe(mail('second', 'From x').length);
  });

  test('what cannot be read or is refused is named, makes the status 1, and the others go on', async () => {
    await writeFile(join(mails, 'good.eml'), mail('good'));
    await writeFile(join(mails, 'empty.eml'), '');
    await writeFile(join(mails, 'large.eml'), Buffer.alloc(25 * 1024 * 1024 + 1));
    await mkdir(join(mails, 'nothing'), { recursive: true });
    const ran = await scan('--json', 'gone.eml', 'empty.eml', 'large.eml', 'nothing', 'good.eml');
    expect(ran.status).toBe(1);
    expect(reportsOf(ran).map(({ file }) => file)).toEqual(['good.eml']);
    expect(ran.err.split('\n').toSorted()).toEqual([
      '',
      'sluice: empty.eml: There is no mail in the request.',
      'sluice: gone.eml: There is no such file.',
      'sluice: large.eml: A mail may have 25 MB at most; this one has 25.0 MB.',
      'sluice: nothing: There is no file in this folder.',
    ]);
  });

  test('observables are scanned like mails', async () => {
    const ran = await scan('--json', '--domain', 'Example.COM', '--ip', '999');
    expect(ran.status).toBe(1);
    expect(ran.err).toBe('sluice: 999: The ip is not an IPv4 or IPv6 address.\n');
    expect(reportsOf(ran)[0]?.report.subject).toEqual({ kind: 'observable', type: 'domain', value: 'example.com' });
  });
});

test('a person is shown the verdict, and nothing of the mail that a terminal would obey', async () => {
  const ran = await runCommand(['scan', '-'], here(), mail('=?utf-8?B?G1sySkhpIGh0dHBzOi8vZXZpbC5leGFtcGxlIA==?='));
  expect(ran.out).toMatch(/^(CLEAN|SUSPICIOUS|MALICIOUS) {2}[\d.]+ of 100/);
  expect(ran.out).toContain('Subject   ‹U+001B›[2JHi hxxps://evil[.]example');
  expect(ran.err).toBe('');
});

describe('the fleet', () => {
  test('that does not know the key says so, and the status is 4', async () => {
    await writeFile(join(mails, 'key.eml'), mail('key'));
    const ran = await runCommand(['scan', '--json', 'key.eml', 'key.eml'], { ...byUrl(), SLUICE_API_KEY: 'slu_wrong' });
    expect(ran).toMatchObject({ status: 4, out: '' });
    expect(ran.err).toMatch(/^sluice: The API key is not known.*\nsluice: Give a key of this fleet .*\n$/);
  });

  test('is not looked for when the words are wrong: the status is 2', async () => {
    const ran = await scan('--fast');
    expect(ran).toMatchObject({ status: 2, out: '' });
    expect(ran.err).toContain("Unknown option '--fast'");
    const keyless = await runCommand(['scan', 'key.eml'], byUrl());
    expect(keyless).toMatchObject({ status: 2, out: '' });
    expect(keyless.err).toContain('SLUICE_API_KEY');
  });

  test('is started for the call where none runs, and is gone afterwards', async () => {
    const dataDir = await makeFolder();
    await writeFile(join(mails, 'alone.eml'), mail('alone'));
    const ran = await runCommand(['scan', '--json', 'alone.eml'], { SLUICE_DATA_DIR: dataDir, INIT_CWD: mails });
    expect(reportsOf(ran)).toHaveLength(1);
    expect(ran.err).toMatch(/^sluice: No fleet runs on .*; starting one for this call\.\n$/);
    expect(existsSync(join(dataDir, 'fleet.json'))).toBe(false);
    expect(existsSync(join(dataDir, 'supervisor.lock'))).toBe(false);
    await rm(dataDir, { recursive: true });
  });

  test('that cannot be started says why, and the status is 5', async () => {
    const env = { SLUICE_DATA_DIR: join(mails, 'none'), INIT_CWD: mails, JOB_TIMEOUT: 'soon' };
    const ran = await runCommand(['scan', '--ip', '192.0.2.1'], env);
    expect(ran).toMatchObject({ status: 5, out: '' });
    expect(ran.err).toContain('No fleet could be started.');
    expect(ran.err).toContain('JOB_TIMEOUT');
  });
});

describe('while the analyzers stand still', () => {
  beforeAll(() => fleet.signal('analyzer-worker-1', 'SIGSTOP'));
  afterAll(() => fleet.signal('analyzer-worker-1', 'SIGCONT'));

  test('Ctrl-C cancels the jobs that were submitted, and the status is 130', async () => {
    const { jobs: before } = await fleet.client.stats();
    const { child, end } = startCommand(['scan', '--ip', '192.0.2.1', '--ip', '192.0.2.2'], here());
    await eventually(async () => (await fleet.client.stats()).jobs.open === before.open + 2);
    child.kill('SIGINT');
    expect(await end).toEqual({ status: 130, out: '', err: '' });
    const { jobs: after } = await fleet.client.stats();
    expect(after.ended.cancelled).toBe((before.ended.cancelled ?? 0) + 2);
    expect(after.open).toBe(before.open);
  });
});

test('what was scanned is shown again: its job, its report, and that another is not there', async () => {
  await writeFile(join(mails, 'again.eml'), mail('once more'));
  const [{ report } = { report: null }] = reportsOf(await scan('--json', 'again.eml'));
  const jobId = report?.jobId ?? '';
  const [shown, job, gone] = await Promise.all([
    runCommand(['report', jobId], here()),
    runCommand(['jobs', 'show', jobId, '--json'], here()),
    runCommand(['report', '00000000-0000-0000-0000-000000000000'], here()),
  ]);
  expect(shown).toMatchObject({ status: report === null ? 0 : statusFor([{ report }]), err: '' });
  expect(shown.out).toContain('Subject   once more');
  expect(JSON.parse(job.out)).toMatchObject({ jobId, state: 'completed' });
  expect(gone).toMatchObject({ status: 3, out: '' });
  expect(gone.err).toMatch(/^sluice: .*\nsluice: See `sluice jobs list`/);
});

test('a reader who leaves ends the scan without a crash', async () => {
  const { child, end } = startCommand(['scan', '--json', ...Array<string>(200).fill('--ip=192.0.2.1')], here());
  child.stdout?.once('data', () => child.stdout?.destroy());
  expect(await end).toMatchObject({ status: 141, err: '' });
  await eventually(async () => (await fleet.client.stats()).jobs.open === 0);
});

test('events go on where they stopped when the gateway is killed amid them: every number once', async () => {
  fleet.signal('analyzer-worker-1', 'SIGSTOP');
  const { jobId } = await fleet.client.submitMail(Buffer.from(mail('killed')));
  const seen: SocketMessage[] = [];
  for await (const message of fleet.client.events(jobId)) {
    if (seen.push(message) > 1) continue;
    fleet.signal('gateway-1', 'SIGKILL');
    fleet.signal('analyzer-worker-1', 'SIGCONT');
  }
  const { state, seq } = await fleet.client.status(jobId);
  expect(state).toBe('completed');
  const [first, ...rest] = seen;
  expect(first?.type).toBe('snapshot');
  const start = first?.seq ?? 0;
  expect(rest.map((message) => message.seq)).toEqual(Array.from({ length: seq - start }, (_, at) => start + 1 + at));
  expect(rest.length).toBeGreaterThan(5);
});
