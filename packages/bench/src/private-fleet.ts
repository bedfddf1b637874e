import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, createClient } from '@sluice/client';
import { type Fleet, parseConfig, REPOSITORY, startFleet } from '@sluice/supervisor';

export interface PrivateFleet {
  fleet: Fleet;
  client: Client;
  /** Stops it and removes its data. */
  stop(): Promise<void>;
}

/** The whole fleet as `npm start` runs it, on a data folder and ports of its own. */
export async function startPrivateFleet(settings: Record<string, string> = {}): Promise<PrivateFleet> {
  const dataDir = await mkdtemp(join(tmpdir(), 'sluice-bench-'));
  const config = parseConfig({ ...process.env, PORT: '0', SLUICE_DATA_DIR: dataDir, ...settings }, REPOSITORY);
  const quiet = () => undefined;
  const fleet = await startFleet(config, { out: quiet, err: (line) => process.stderr.write(`${line}\n`) });
  const apiKey = (await readFile(join(dataDir, 'admin.key'), 'utf8')).trim();
  return {
    fleet,
    client: createClient({ url: fleet.url, apiKey }),
    async stop() {
      await fleet.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
