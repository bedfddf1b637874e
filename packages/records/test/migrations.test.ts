import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { type Bench, codeOf, makeBench } from './servers.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await makeBench();
});
afterAll(() => bench.clear());

const ALL = [
  '001-jobs',
  '002-dead-letters',
  '003-door',
  '004-loss',
  '005-quota-settings',
  '006-open-messages',
  '007-no-webhooks',
  '008-judgement',
  '009-switches',
];

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

test('migrations that three instances start at once are applied once', async () => {
  const url = await bench.server.createDatabase();
  const instances = await Promise.all([1, 2, 3].map(() => bench.open({ url, isEmpty: true })));
  const applied = await Promise.all(instances.map((records) => records.migrate()));
  expect(applied.flat()).toEqual(ALL);
  expect(await Promise.all(instances.map((records) => records.migrate()))).toEqual([[], [], []]);
});

test('a schema that is newer than the code is left alone', async () => {
  const url = await bench.server.createDatabase();
  const records = await bench.open({ url });
  await withClient(url, (client) => client.query("insert into kysely_migration values ('999-later', '2030-01-01')"));
  expect(await records.migrate()).toEqual([]);
});

test('a migration that fails leaves the database as it was', async () => {
  const url = await bench.server.createDatabase();
  await withClient(url, (client) => client.query('create table webhooks (id int)'));
  const records = await bench.open({ url, isEmpty: true });
  expect(await codeOf(records.migrate())).toBe('record-fault');
  const { rows } = await withClient(url, (client) => client.query("select 1 from pg_tables where tablename = 'jobs'"));
  expect(rows).toEqual([]);
});

test('subjects are found by an index of trigrams', async () => {
  const url = await bench.server.createDatabase();
  await bench.open({ url });
  const { rows } = await withClient(url, (client) =>
    client.query("select 1 from pg_indexes where indexname = 'jobs_by_subject'"),
  );
  expect(rows).toHaveLength(1);
});
