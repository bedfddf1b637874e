import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningPostgres, startPostgres } from '@sluice/records/server';
import { freePort } from './ports.ts';

export interface TestPostgres {
  /** Of the database that the server begins with. */
  url: string;
  pid(): number;
  /** Another database of the server, empty; its address. */
  createDatabase(): Promise<string>;
  /** Ends the server as `kill -9` does; its files stay. */
  crash(): Promise<void>;
  /** Ends it in order; its files stay. */
  pause(): Promise<void>;
  /** Starts it again on the same port and folder. */
  restart(): Promise<void>;
  /** Stops it and removes its folder. */
  stop(): Promise<void>;
}

/** A machine that loses its power could lose what was written; a server that is killed loses nothing. */
const CARELESS = ['fsync=off', 'full_page_writes=off', 'shared_buffers=32MB'];

/** A real PostgreSQL on a free loopback port in a folder of its own. */
export async function startTestPostgres(): Promise<TestPostgres> {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-postgres-'));
  const options = { folder: join(dir, 'postgres'), port: await freePort(), settings: CARELESS };
  let server: RunningPostgres = await startPostgres(options);
  return {
    url: server.url,
    pid: () => server.pid,
    createDatabase: () => server.createDatabase(),
    crash: () => server.crash(),
    pause: () => server.stop(),
    restart: async () => {
      server = await startPostgres(options);
    },
    stop: async () => {
      await server.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
