import { join } from 'node:path';
import { isPostgresReady, preparePostgres } from '@sluice/records/server';
import type { DataFolder } from './data-folder.ts';
import { StartError } from './errors.ts';
import type { Program } from './program.ts';

export const POSTGRES = 'postgres';
/** After a crash the processes of the server before keep the next one from starting, for a second or so: with the pauses between, this is 8 s. */
const MOST_DEATHS = 6;

/** The PostgreSQL server of a data folder, on loopback; its files are made the first time. Throws {@link StartError} where that cannot be. */
export async function postgresProgram(folder: DataFolder, port: number): Promise<{ program: Program; url: string }> {
  try {
    const server = await preparePostgres({ folder: join(folder.root, 'postgres') });
    const url = server.url(port);
    const program: Program = {
      name: POSTGRES,
      command: server.command,
      args: server.args(port),
      cwd: server.folder,
      env: { LC_ALL: 'C' },
      ...(server.user === null ? {} : { user: server.user }),
      // A fast shutdown: at a SIGTERM it would wait for the last of its clients.
      stopSignal: 'SIGINT',
      mostDeaths: MOST_DEATHS,
      tied: false,
      metricsPort: null,
      logFile: join(folder.logs, 'postgres.log'),
      isReady: () => isPostgresReady(url),
    };
    return { program, url };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new StartError(`The database cannot be started: ${why}. Or set DATABASE_URL to a PostgreSQL of your own.`, {
      cause: error,
    });
  }
}
