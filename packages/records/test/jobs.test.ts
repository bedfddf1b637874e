import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Records } from '../src/index.ts';
import { blob, CREATED_MS, endedRecord, event, jobId, jobRecord, report, task } from './job-records.ts';
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

async function seqsOf(number: number): Promise<number[]> {
  return (await records.jobs.events(jobId(number), 0)).map(({ seq }) => seq);
}

describe('a job that is written', () => {
  test('is read back as it was: summary, image, log, tasks, report', async () => {
    const attempt = {
      generation: 1,
      number: 1,
      startedMs: 1,
      endedMs: 2,
      worker: 'w',
      code: 'timeout',
      message: 'Too slow.',
    };
    const done = task('parsing.mail', {
      status: 'completed',
      worker: 'w-1',
      startedMs: CREATED_MS,
      attempts: [attempt],
      retryCount: 1,
    });
    const record = endedRecord(1, {
      row: {
        tasks: [done],
        report: { revision: 1, ref: blob('r'), report: report(1, 1) },
        error: { code: 'x', message: 'A sentence.', disposition: 'give-up' },
        verdict: 'malicious',
        category: 'phishing',
        score: 91.5,
        confidence: 0.8,
        isPartial: true,
        subject: 'Hello',
        sender: 'Ann@Evil.Example',
        senderDomain: 'evil.example',
        messageId: '<1@evil.example>',
        mailSha256: 'a'.repeat(64),
        requestId: 'batch-1',
      },
    });
    await records.jobs.write([record]);
    const { mail, tasks, report: written, blobs, indicators, ...row } = record.row;
    expect(await records.jobs.find(jobId(1))).toEqual({
      ...row,
      jobId: jobId(1),
      state: 'completed',
      seq: 9,
      sender: 'ann@evil.example',
      mail,
    });
    expect(await records.jobs.image(jobId(1))).toEqual(record.image);
    expect(await records.jobs.events(jobId(1), 0)).toEqual(record.events);
    expect(await records.jobs.events(jobId(1), 7)).toEqual(record.events.slice(7));
    const planned = record.events[1]?.atMs;
    expect(await records.jobs.tasks(jobId(1))).toEqual([
      { ...done, priority: 'high', createdMs: planned, updatedMs: planned },
    ]);
    expect(await records.jobs.report(jobId(1))).toEqual(written);
    expect([tasks, blobs, indicators]).toEqual([[done], [], []]);
  });

  test('that is not there is null, or empty', async () => {
    expect(await records.jobs.find(jobId(404))).toBeNull();
    expect(await records.jobs.image(jobId(404))).toBeNull();
    expect(await records.jobs.report(jobId(404))).toBeNull();
    expect(await records.jobs.events(jobId(404), 0)).toEqual([]);
    expect(await records.jobs.tasks(jobId(404))).toEqual([]);
    expect(await records.jobs.lastSeqs([jobId(404)])).toEqual(new Map());
    expect(await records.jobs.lastSeqs([])).toEqual(new Map());
    await records.jobs.write([]);
  });

  test('may hold NUL characters and halves of characters, as hostile mails do', async () => {
    const hostile = 'a\0b\uD800c';
    const record = endedRecord(1, {
      row: {
        subject: hostile,
        senderDomain: hostile,
        report: { revision: 1, ref: blob('r'), report: report(1, 1, { summary: hostile }) },
      },
    });
    record.image.hash.meta = JSON.stringify({ hostile });
    record.image.hash.raw = 'nul \0';
    await records.jobs.write([record]);
    expect((await records.jobs.find(jobId(1)))?.subject).toBe('a\uFFFDb\uFFFDc');
    expect(await records.jobs.image(jobId(1))).toEqual(record.image);
    expect((await records.jobs.report(jobId(1)))?.report?.summary).toBe(hostile);
    const { jobs } = await records.jobs.search({ tenant: null, text: hostile, domain: hostile });
    expect(jobs).toHaveLength(1);
    expect((await records.jobs.search({ tenant: null, text: 'a\uFFFDb' })).jobs).toHaveLength(1);
  });

  test('twice is there once', async () => {
    const record = jobRecord(1, {
      row: { tasks: [task('parsing.mail')], blobs: [blob('d')], indicators: [{ kind: 'ip', value: '192.0.2.1' }] },
    });
    await records.jobs.write([record]);
    await records.jobs.write([record, record]);
    expect(await seqsOf(1)).toEqual([1, 2, 3]);
    expect(await records.jobs.tasks(jobId(1))).toHaveLength(1);
    expect((await records.jobs.search({ tenant: null, ip: '192.0.2.1' })).jobs).toHaveLength(1);
  });

  test('late changes nothing that is newer, but fills its gap in the log', async () => {
    const newest = task('parsing.mail', { status: 'completed' });
    await records.jobs.write([jobRecord(1, { seq: 6, state: 'scoring', events: [4, 5, 6], row: { tasks: [newest] } })]);
    await records.jobs.write([
      jobRecord(1, { seq: 3, state: 'parsing', row: { tasks: [task('parsing.mail')], subject: 'old' } }),
    ]);
    expect(await records.jobs.find(jobId(1))).toMatchObject({ state: 'scoring', seq: 6, subject: null });
    expect((await records.jobs.tasks(jobId(1)))[0]?.status).toBe('completed');
    expect((await records.jobs.image(jobId(1)))?.seq).toBe(6);
    expect(await seqsOf(1)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('several times in one batch is there as it was last', async () => {
    const batch = [4, 2, 3].map((seq) =>
      jobRecord(1, { seq, events: [seq], state: `state_${seq}`.replace(/\d/, (d) => 'abcdef'[Number(d)] ?? '') }),
    );
    await records.jobs.write(batch);
    expect(await records.jobs.find(jobId(1))).toMatchObject({ seq: 4, state: 'state_e' });
    expect(await seqsOf(1)).toEqual([2, 3, 4]);
  });

  test('by many writers at once, in any order, ends as it was last, with a complete log', async () => {
    const numbers = [1, 2, 3, 4, 5];
    const writes = Array.from({ length: 24 }, (_, at) => {
      const order = at % 2 === 0 ? numbers : numbers.toReversed();
      return records.jobs.write(
        order.map((number) => jobRecord(number, { seq: ((at * 7) % 24) + 1, events: [((at * 7) % 24) + 1] })),
      );
    });
    await Promise.all(writes);
    expect(await records.jobs.lastSeqs(numbers.map(jobId))).toEqual(
      new Map(numbers.map((number) => [jobId(number), 24])),
    );
    for (const number of numbers) expect(await seqsOf(number)).toEqual(Array.from({ length: 24 }, (_, at) => at + 1));
  });

  test('is not there at all when a part of its batch cannot be written', async () => {
    const broken = jobRecord(2, { row: { createdMs: Number.NaN } });
    await expect(records.jobs.write([jobRecord(1), broken])).rejects.toThrow();
    const nameless = { ...jobRecord(3), image: { ...jobRecord(3).image, jobId: 'no id' } };
    await expect(records.jobs.write([jobRecord(1), nameless])).rejects.toMatchObject({ code: 'bad-id' });
    expect(await records.jobs.find(jobId(1))).toBeNull();
    expect(await seqsOf(1)).toEqual([]);
  });

  test('keeps when a task was planned, and tells when it last changed', async () => {
    const planned = event(1, 2).atMs;
    await records.jobs.write([jobRecord(1, { row: { tasks: [task('parsing.mail')] } })]);
    const [before] = await records.jobs.tasks(jobId(1));
    expect(before).toMatchObject({ createdMs: planned, updatedMs: planned });
    const settled = {
      ...event(1, 4),
      type: 'task.settled',
      task: 'parsing.mail',
      stage: 'parsing',
      name: 'mail.parse',
      generation: 1,
      status: 'done',
    } as const;
    const next = jobRecord(1, {
      seq: 4,
      row: { tasks: [task('parsing.mail', { status: 'completed', completedMs: settled.atMs })] },
    });
    await records.jobs.write([{ ...next, events: [settled] }]);
    const [after] = await records.jobs.tasks(jobId(1));
    expect(after).toMatchObject({ status: 'completed', createdMs: planned, updatedMs: settled.atMs });
  });

  test('keeps every revision of its report, and fills in one that could not be read before', async () => {
    const first = { revision: 1, ref: blob('r1'), report: null };
    await records.jobs.write([endedRecord(1, { row: { report: first } })]);
    expect(await records.jobs.report(jobId(1))).toEqual(first);
    const read = { ...first, report: report(1, 1) };
    await records.jobs.write([endedRecord(1, { row: { report: read } })]);
    const second = { revision: 2, ref: blob('r2'), report: report(1, 2) };
    await records.jobs.write([endedRecord(1, { seq: 12, row: { report: second } })]);
    expect(await records.jobs.report(jobId(1))).toEqual(second);
    expect(await records.jobs.report(jobId(1), 1)).toEqual(read);
    expect(await records.jobs.report(jobId(1), 3)).toBeNull();
  });

  test('in thousands of rows goes in one batch', async () => {
    const tasks = Array.from({ length: 60 }, (_, at) => task(`api_analysis.lookup.${at}`));
    await records.jobs.write(Array.from({ length: 200 }, (_, at) => jobRecord(at, { seq: 40, row: { tasks } })));
    expect(await records.jobs.tasks(jobId(199))).toHaveLength(60);
    expect(await seqsOf(0)).toHaveLength(40);
  });
});

describe('unfinished jobs', () => {
  test('are those without an end, page by page, but not what was recorded just now', async () => {
    await records.jobs.write([jobRecord(1), endedRecord(2), jobRecord(3), jobRecord(4), endedRecord(5)]);
    const olderThanMs = Date.now() + 60_000;
    const first = await records.jobs.unfinished({ olderThanMs, limit: 2 });
    expect(first).toEqual([1, 3].map((number) => ({ jobId: jobId(number), state: 'parsing', seq: 3 })));
    const rest = await records.jobs.unfinished({ olderThanMs, limit: 2, after: first.at(-1)?.jobId });
    expect(rest.map((one) => one.jobId)).toEqual([jobId(4)]);
    expect(await records.jobs.unfinished({ olderThanMs: Date.now() - 60_000, limit: 10 })).toEqual([]);
  });

  test('are also those that have ended and whose report is still to be amended', async () => {
    const olderThanMs = Date.now() + 60_000;
    await records.jobs.write([endedRecord(1, { row: { isAmending: true } }), endedRecord(2)]);
    const found = await records.jobs.unfinished({ olderThanMs, limit: 10 });
    expect(found).toEqual([{ jobId: jobId(1), state: 'completed', seq: 9 }]);
    await records.jobs.write([endedRecord(1, { seq: 10 })]);
    expect(await records.jobs.unfinished({ olderThanMs, limit: 10 })).toEqual([]);
  });

  test('are again those that were reopened', async () => {
    await records.jobs.write([endedRecord(1)]);
    await records.jobs.write([jobRecord(1, { seq: 10, state: 'api_analysis' })]);
    expect(await records.jobs.unfinished({ olderThanMs: Date.now() + 60_000, limit: 10 })).toHaveLength(1);
  });
});
