import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SluiceError } from '@sluice/contracts';
import { openRecords } from '../src/index.ts';
import { jobId, jobRecord } from './job-records.ts';
import { type Bench, codeOf, makeBench } from './servers.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await makeBench();
});
afterAll(() => bench.clear());

async function restart(): Promise<void> {
  bench.server = await bench.start({ port: Number(new URL(bench.server.url).port) });
}

describe('a record whose server', () => {
  test('was never there says so, and is no reason to end', async () => {
    const records = await bench.open({ url: 'postgres://nobody:secret@127.0.0.1:1/none', isEmpty: true });
    const failure = await records.ping().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(SluiceError);
    expect(failure).toMatchObject({ code: 'record-away', disposition: 'retry', httpStatus: 503 });
    expect((failure as Error).message).not.toContain('secret');
    expect(await codeOf(records.jobs.write([jobRecord(1)]))).toBe('record-away');
    expect(await codeOf(records.migrate())).toBe('record-away');
    expect(await codeOf(records.deadLetters.each({}).next())).toBe('record-away');
  });

  test('does not know the database, or the password, counts as away', async () => {
    const { url } = bench.server;
    const password = new URL(url).password;
    for (const wrong of [url.replace(/sluice$/, 'nowhere'), url.replace(password, 'x')]) {
      const records = await bench.open({ url: wrong, isEmpty: true });
      expect(await codeOf(records.ping())).toBe('record-away');
    }
  });

  test('stops and comes back goes on without being opened again', async () => {
    const records = await bench.open();
    await records.jobs.write([jobRecord(1)]);
    await bench.server.stop();
    expect(await codeOf(records.jobs.find(jobId(1)))).toBe('record-away');
    await restart();
    expect(await records.jobs.find(jobId(1))).not.toBeNull();
  });

  test('is killed in the middle of writes loses nothing that was confirmed, and starts again at once', async () => {
    const records = await bench.open({ poolSize: 4 });
    const confirmed: number[] = [];
    const codes = new Set<string>();
    const killed = new AbortController();
    const writer = async (first: number): Promise<void> => {
      for (let number = first; !killed.signal.aborted; number += 4) {
        try {
          await records.jobs.write([jobRecord(number)]);
          confirmed.push(number);
          if (confirmed.length === 20) void bench.server.crash().then(() => killed.abort());
        } catch (error) {
          codes.add((error as SluiceError).code);
        }
      }
    };
    await Promise.all([1, 2, 3, 4].map(writer));
    await restart();
    expect(confirmed.length).toBeGreaterThanOrEqual(20);
    expect([...codes].filter((code) => code !== 'record-away')).toEqual([]);
    const seqs = await records.jobs.lastSeqs(confirmed.map(jobId));
    expect(seqs.size).toBe(confirmed.length);
    for (const number of confirmed) expect(await records.jobs.events(jobId(number), 0)).toHaveLength(3);
  });

  test('ends one session tells of it, and the next question is answered', async () => {
    const errors: Error[] = [];
    const records = await bench.open({ onError: (error) => errors.push(error), poolSize: 1 });
    await records.ping();
    const told = new Promise<void>((resolve) => {
      const push = errors.push.bind(errors);
      errors.push = (...more) => {
        resolve();
        return push(...more);
      };
    });
    await bench.server.stop();
    await told;
    await restart();
    await records.ping();
    expect(errors.length).toBeGreaterThan(0);
  });
});

test('a record that is closed twice is closed once', async () => {
  const records = openRecords({ url: bench.server.url, onError: () => undefined });
  await records.ping();
  await Promise.all([records.close(), records.close()]);
});

test('what PostgreSQL says of a row is not told on: it may be a mail', async () => {
  const records = await bench.open();
  const broken = { ...jobRecord(1), image: { ...jobRecord(1).image, jobId: 'a secret' } };
  const failure = (await records.jobs.write([broken]).catch((error: unknown) => error)) as Error;
  expect(failure).toMatchObject({ code: 'bad-id' });
  const cause = failure.cause as Error;
  expect(cause.message).toContain('SQLSTATE 22P02');
  expect([failure.message, failure.stack, cause.message, cause.stack].join()).not.toContain('secret');
});
