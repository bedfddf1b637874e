import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { JobSearch, Records } from '../src/index.ts';
import { CREATED_MS, endedRecord, jobId, jobRecord } from './job-records.ts';
import { type Bench, codeOf, makeBench } from './servers.ts';

let bench: Bench;
let records: Records;
beforeAll(async () => {
  bench = await makeBench();
  records = await bench.open();
  await records.jobs.write([
    endedRecord(1, {
      row: {
        verdict: 'malicious',
        subject: 'Your PARCEL is late',
        sender: 'Post@Evil.Example',
        senderDomain: 'Evil.Example',
      },
    }),
    endedRecord(2, {
      row: {
        verdict: 'clean',
        subject: 'Рассылка: скидка 100%',
        mailSha256: 'b'.repeat(64),
        indicators: [{ kind: 'domain', value: 'shop.example' }],
      },
    }),
    endedRecord(3, {
      state: 'failed',
      row: {
        tenant: 'other',
        subject: 'parcel_of',
        requestId: 'r-1',
        indicators: [{ kind: 'hash', value: 'C'.repeat(64) }],
      },
    }),
    jobRecord(4, {
      row: {
        subject: 'a parcel',
        indicators: [
          { kind: 'domain', value: 'evil.example' },
          { kind: 'ip', value: '192.0.2.7' },
        ],
      },
    }),
    jobRecord(5, {
      row: {
        pipeline: 'notify',
        subject: null,
        indicators: [
          { kind: 'domain', value: `${'a'.repeat(300)}.example` },
          { kind: 'webhook', value: 'wh_0123456789abcdef' },
        ],
      },
    }),
  ]);
});
afterAll(() => bench.clear());

/** Numbers of the jobs that are found. */
async function found(search: Partial<JobSearch>): Promise<number[]> {
  const { jobs } = await records.jobs.search({ tenant: null, ...search });
  return jobs.map((job) => Number.parseInt(job.jobId.slice(-12), 16));
}

describe('a search', () => {
  test.each<[string, Partial<JobSearch>, number[]]>([
    ['of all tenants, newest first', {}, [5, 4, 3, 2, 1]],
    ['of one tenant', { tenant: 'acme' }, [5, 4, 2, 1]],
    ['of a tenant without jobs', { tenant: 'nobody' }, []],
    ['by state', { state: 'failed' }, [3]],
    ['by state within a tenant', { tenant: 'acme', state: 'failed' }, []],
    ['by verdict', { verdict: 'malicious' }, [1]],
    ['by sender, in any case', { sender: 'POST@evil.example' }, [1]],
    ['by a domain that sends or is named', { domain: 'EVIL.example' }, [4, 1]],
    ['by a domain that is not named', { domain: 'example' }, []],
    ['by the hash of the mail', { hash: 'B'.repeat(64) }, [2]],
    ['by the hash of a file', { hash: 'c'.repeat(64) }, [3]],
    ['by an address', { ip: '192.0.2.7' }, [4]],
    ['by a hash that is an address', { hash: '192.0.2.7' }, []],
    ['by a part of the subject, in any case', { text: 'parcel' }, [4, 3, 1]],
    ['by a part of the subject in another script, in any case', { text: 'РАССЫЛ' }, [2]],
    ['by a percent sign, which is no wildcard', { text: '%' }, [2]],
    ['by an underscore, which is no wildcard', { text: 'parcel_' }, [3]],
    ['by a backslash, which is no escape', { text: '\\' }, []],
    ['by batch', { requestId: 'r-1' }, [3]],
    ['by pipeline', { pipelines: ['email-scan', 'observable-scan'] }, [4, 3, 2, 1]],
    ['of deliveries to a webhook', { webhook: 'wh_0123456789abcdef', pipelines: ['notify'] }, [5]],
    ['of deliveries to another webhook', { webhook: 'wh_0' }, []],
    ['from a moment on', { sinceMs: CREATED_MS + 3_000 }, [5, 4, 3]],
    ['before a moment', { untilMs: CREATED_MS + 3_000 }, [2, 1]],
    [
      'by all at once',
      {
        tenant: 'acme',
        state: 'completed',
        verdict: 'malicious',
        sender: 'post@evil.example',
        domain: 'evil.example',
        text: 'late',
        sinceMs: CREATED_MS,
        untilMs: CREATED_MS + 2_000,
      },
      [1],
    ],
  ])('%s', async (_name, search, numbers) => {
    expect(await found(search)).toEqual(numbers);
  });

  test('goes on where its page ended, also among jobs of the same moment, while others come and go', async () => {
    const tenant = 'pages';
    const createdMs = CREATED_MS + 50_000;
    const batch = Array.from({ length: 7 }, (_, at) => jobRecord(100 + at, { row: { tenant, createdMs } }));
    await records.jobs.write(batch);
    const seen: string[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < 4; page++) {
      const { jobs, next } = await records.jobs.search({ tenant, limit: 2, cursor });
      seen.push(...jobs.map((job) => job.jobId));
      await records.jobs.write([jobRecord(200 + page, { row: { tenant, createdMs: createdMs + 1_000 } })]);
      cursor = next ?? undefined;
      expect(cursor === undefined).toBe(page === 3);
    }
    expect(seen).toEqual([6, 5, 4, 3, 2, 1, 0].map((at) => jobId(100 + at)));
  });

  test('whose last page is full says that nothing follows', async () => {
    const { jobs, next } = await records.jobs.search({ tenant: 'other', limit: 1 });
    expect([jobs.length, next]).toEqual([1, null]);
  });

  test('refuses a cursor that is not one', async () => {
    const place = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const cursors = [
      'x',
      '',
      '%',
      place([1]),
      place(['a', jobId(1)]),
      place([1, "' or 1=1"]),
      place([1e300, jobId(1)]),
      place([-1, jobId(1)]),
    ];
    for (const cursor of cursors)
      expect(await codeOf(records.jobs.search({ tenant: null, cursor }))).toBe('bad-cursor');
  });
});
