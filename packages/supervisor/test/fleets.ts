import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { closeRedis, connectRedis, type Redis } from '@sluice/fleet/redis';
import { FleetFile } from '@sluice/contracts';
import { openRecords, type Records } from '@sluice/records';
import { type Fleet, type FleetOptions, parseConfig, type ServiceSpec, startFleet } from '../src/index.ts';

export const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));

/** A record that nobody asks: most tests need no PostgreSQL, whose files take a moment to make. An empty DATABASE_URL brings one. */
export const ELSEWHERE = 'postgres://127.0.0.1:1/elsewhere';

/** A gateway and two workers that are ready at once. */
export function fakeServices(entry = fixture('service.ts')): ServiceSpec[] {
  const service = (name: string, processes: number, isDoor: boolean): ServiceSpec => {
    return { name, processes, cwd: tmpdir(), nodeArgs: [entry], isDoor };
  };
  return [service('gateway', 1, true), service('analyzer-worker', 2, false)];
}

export interface Bench {
  dataDir: string;
  said: string[];
  /** Starts a fleet on the folder; it is stopped at the end of the test. */
  start(env?: Record<string, string>, options?: Partial<FleetOptions>): Promise<Fleet>;
  stop(): Promise<void>;
  /** Stops the fleets and removes the folder. */
  clear(): Promise<void>;
}

/** A data folder of its own, and the fleets that a test starts on it. */
export async function makeBench(): Promise<Bench> {
  const dataDir = await mkdtemp(join(tmpdir(), 'sluice-supervisor-'));
  const fleets: Fleet[] = [];
  const said: string[] = [];
  const say = (line: string): void => void said.push(line);
  const stop = async (): Promise<void> => {
    for (const fleet of fleets) await fleet.stop();
  };
  return {
    dataDir,
    said,
    start: async (env = {}, options = {}) => {
      const settings = { PATH: process.env.PATH, PORT: '0', SLUICE_DATA_DIR: dataDir, DATABASE_URL: ELSEWHERE, ...env };
      const fleet = await startFleet(parseConfig(settings, '/'), {
        out: say,
        err: say,
        services: fakeServices(),
        ...options,
      });
      fleets.push(fleet);
      return fleet;
    },
    stop,
    clear: async () => {
      await stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

export function pidOf(fleet: Fleet, name: string): number {
  const found = fleet.processes().find((one) => one.name === name);
  if (found === undefined) throw new Error(`${name} is not running`);
  return found.pid;
}

export function fileOf({ dataDir }: { dataDir: string }): FleetFile {
  return FleetFile.parse(JSON.parse(readFileSync(join(dataDir, 'fleet.json'), 'utf8')));
}

export function metricsUrl(file: FleetFile, name: string): string {
  return `http://127.0.0.1:${file.processes.find((one) => one.name === name)?.metricsPort}`;
}

/** The environment that a fake service was given. */
export async function envOf(file: FleetFile, name: string): Promise<Record<string, string>> {
  return (await (await fetch(`${metricsUrl(file, name)}/env`)).json()) as Record<string, string>;
}

export async function withRecords<T>(url: string, work: (records: Records) => Promise<T>): Promise<T> {
  const records = openRecords({ url, onError: () => undefined });
  try {
    return await work(records);
  } finally {
    await records.close();
  }
}

export async function withRedis<T>(url: string, work: (client: Redis) => Promise<T>): Promise<T> {
  const client = connectRedis(url, { name: 'test' });
  try {
    return await work(client);
  } finally {
    await closeRedis(client);
  }
}
