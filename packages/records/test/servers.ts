import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRecords, type Records, type RecordsOptions } from '../src/index.ts';
import { type RunningPostgres, type StartOptions, startPostgres } from '../src/server/index.ts';

/** Tests kill servers, not machines. */
export const CARELESS = ['fsync=off', 'full_page_writes=off', 'shared_buffers=32MB'];

export interface Bench {
  server: RunningPostgres;
  dir: string;
  start(options?: Partial<StartOptions>): Promise<RunningPostgres>;
  /** A database of its own, with or without the schema. */
  open(options?: Partial<RecordsOptions> & { isEmpty?: boolean }): Promise<Records>;
  clear(): Promise<void>;
}

/** A server in a folder of its own. */
export async function makeBench(): Promise<Bench> {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-records-'));
  const opened: Records[] = [];
  const start = (options: Partial<StartOptions> = {}) =>
    startPostgres({ folder: join(dir, 'postgres'), settings: CARELESS, ...options });
  const bench: Bench = {
    dir,
    server: await start(),
    start,
    async open({ isEmpty, ...options } = {}) {
      const url = options.url ?? (await bench.server.createDatabase());
      const records = openRecords({ onError: () => undefined, ...options, url });
      opened.push(records);
      if (isEmpty !== true) await records.migrate();
      return records;
    },
    async clear() {
      for (const records of opened) await records.close();
      await bench.server.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
  return bench;
}

/** What a call is rejected with: the code. */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
  return 'none';
}
