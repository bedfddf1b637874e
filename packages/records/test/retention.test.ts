import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Records } from '../src/index.ts';
import { deadLetter } from './letters.ts';
import { blob, CREATED_MS, endedRecord, jobId, jobRecord, report, task } from './job-records.ts';
import { type Bench, makeBench } from './servers.ts';

let bench: Bench;
let records: Records;
beforeAll(async () => {
  bench = await makeBench();
});
beforeEach(async () => {
  records = await bench.open();
});
afterAll(() => bench.clear());

/** Job `number` ends at this moment. */
const endOf = (number: number): number => CREATED_MS + number * 1_000 + 500;

async function traces(number: number): Promise<unknown[]> {
  const id = jobId(number);
  const { jobs } = records;
  return [
    await jobs.find(id),
    await jobs.image(id),
    await jobs.report(id),
    ...(await jobs.events(id, 0)),
    ...(await jobs.tasks(id)),
  ];
}

const full = (number: number, mail = blob(`mail ${number}`)) =>
  endedRecord(number, {
    row: {
      mail,
      blobs: [blob(`document ${number}`)],
      tasks: [task('parsing.mail')],
      indicators: [{ kind: 'domain', value: 'evil.example' }],
      report: { revision: 1, ref: blob(`report ${number}`), report: report(number, 1) },
    },
  });

describe('retention', () => {
  test('removes what ended before a moment, the oldest first, in batches, and leaves no trace of it', async () => {
    await records.jobs.write([full(1), full(2), full(3), jobRecord(0)]);
    const before = { beforeMs: endOf(3), limit: 1 };
    const first = await records.jobs.dropOlder(before);
    expect(first.jobs).toBe(1);
    expect(first.blobs.toSorted()).toEqual([blob('mail 1'), blob('document 1'), blob('report 1')].toSorted());
    expect(await records.jobs.dropOlder(before)).toMatchObject({ jobs: 1 });
    expect(await records.jobs.dropOlder(before)).toEqual({ jobs: 0, blobs: [] });
    expect(await traces(1)).toEqual([null, null, null]);
    expect(await traces(2)).toEqual([null, null, null]);
    const { jobs } = await records.jobs.search({ tenant: null, domain: 'evil.example' });
    expect(jobs.map((job) => job.jobId)).toEqual([jobId(3)]);
    expect(await records.jobs.find(jobId(0))).not.toBeNull();
  });

  test('names no blob that another job still names', async () => {
    const mail = blob('the same mail');
    await records.jobs.write([full(1, mail), full(2, mail)]);
    const { blobs } = await records.jobs.dropOlder({ beforeMs: endOf(2), limit: 10 });
    expect(blobs).not.toContain(mail);
    expect(await records.jobs.namedBlobs([mail, blob('document 1'), blob('document 2')])).toEqual(
      new Set([mail, blob('document 2')]),
    );
    expect((await records.jobs.dropOlder({ beforeMs: endOf(3), limit: 10 })).blobs).toContain(mail);
    expect(await records.jobs.namedBlobs([])).toEqual(new Set());
  });

  test('at work in two places removes each job once', async () => {
    await records.jobs.write(Array.from({ length: 20 }, (_, at) => full(at)));
    const drops = await Promise.all(
      Array.from({ length: 6 }, () => records.jobs.dropOlder({ beforeMs: endOf(30), limit: 5 })),
    );
    const rest = await records.jobs.dropOlder({ beforeMs: endOf(30), limit: 100 });
    const all = [...drops, rest];
    expect(all.reduce((sum, { jobs }) => sum + jobs, 0)).toBe(20);
    const blobs = all.flatMap((drop) => drop.blobs);
    expect([blobs.length, new Set(blobs).size]).toEqual([60, 60]);
  });

  test('of raw mails forgets the mail and keeps the job', async () => {
    const shared = blob('the same mail');
    await records.jobs.write([full(1), full(2, shared), full(9, shared), jobRecord(3)]);
    const before = { beforeMs: endOf(5), limit: 10 };
    expect(await records.jobs.dropMails(before)).toEqual({ jobs: 2, blobs: [blob('mail 1')] });
    expect(await records.jobs.dropMails(before)).toEqual({ jobs: 0, blobs: [] });
    expect((await records.jobs.find(jobId(1)))?.mail).toBeNull();
    expect((await records.jobs.find(jobId(3)))?.mail).toBe(blob('mail 3'));
    expect((await records.jobs.report(jobId(1)))?.report).not.toBeNull();
    expect((await records.jobs.dropMails({ beforeMs: endOf(10), limit: 10 })).blobs).toEqual([shared]);
  });
});

describe('a tenant that is erased', () => {
  test('leaves nothing, and nobody else loses anything', async () => {
    const [other, batch] = ['other', '00000000-0000-4000-8000-00000000000a'];
    await records.jobs.write([full(1), full(2), full(3), endedRecord(4, { row: { tenant: other } })]);
    for (const tenant of ['acme', other]) {
      await records.deadLetters.save(deadLetter(1, { tenant, id: `${tenant}.x` }));
      await records.messages.receive({ messageId: tenant.length, tenant, jobId: jobId(1), receivedMs: 1 });
    }
    await records.requests.put({ id: batch, tenant: 'acme', name: null, createdMs: 1, jobIds: [jobId(1)] });
    const first = await records.jobs.eraseTenant('acme', { limit: 2 });
    expect([first.jobs, first.blobs.length]).toEqual([2, 6]);
    expect(await records.deadLetters.count({ tenant: 'acme' })).toBe(1);
    expect(await records.jobs.eraseTenant('acme', { limit: 2 })).toMatchObject({ jobs: 1 });
    expect(await records.jobs.eraseTenant('acme', { limit: 2 })).toEqual({ jobs: 0, blobs: [] });
    for (const number of [1, 2, 3]) expect(await traces(number)).toEqual([null, null, null]);
    expect(await records.requests.find(batch)).toBeNull();
    expect([
      await records.deadLetters.count({ tenant: 'acme' }),
      await records.deadLetters.count({ tenant: other }),
    ]).toEqual([0, 1]);
    expect([await records.messages.find(4), (await records.messages.find(5))?.tenant]).toEqual([null, other]);
    expect(await records.jobs.find(jobId(4))).not.toBeNull();
  });
});
