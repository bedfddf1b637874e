import { readdir, readFile } from 'node:fs/promises';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, createClient } from '@sluice/client';
import { eventually } from '@sluice/testkit';
import { type Fleet, parseConfig, REPOSITORY, startFleet } from '@sluice/supervisor';

export const makeFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'sluice-house-'));

export const removeFolder = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true });

/** The environment of a fleet, without what the one who runs the tests has set for fleets. */
export function fleetEnv(dataDir: string, more: Record<string, string> = {}): Record<string, string> {
  const { PATH = '', HOME = '' } = process.env;
  return { PATH, HOME, PORT: '0', SLUICE_DATA_DIR: dataDir, ...more };
}

/** The whole house on a folder. */
export function startHouse(dataDir: string, more: Record<string, string> = {}): Promise<Fleet> {
  const quiet = () => undefined;
  return startFleet(parseConfig(fleetEnv(dataDir, more), REPOSITORY), { out: quiet, err: quiet });
}

export async function clientOf(dataDir: string, url: string): Promise<Client> {
  return createClient({ url, apiKey: (await readFile(join(dataDir, 'admin.key'), 'utf8')).trim() });
}

/** Lets all that may leave a fleet leave it, whatever the TLP: by default nothing is handed over, and no model sees content. */
export async function releaseAll({ admin }: Client): Promise<void> {
  const all: ('visit' | 'lookup' | 'submit' | 'model')[] = ['visit', 'lookup', 'submit', 'model'];
  const { name, plan } = await eventually(() => admin.tenants.find('default'));
  const release = { clear: all, green: all, amber: all, 'amber+strict': all, red: all };
  await admin.tenants.replace('default', { name, plan, release });
}

export interface LogLine {
  /** The process that wrote it, `gateway-1`. */
  from: string;
  text: string;
  entry: Record<string, unknown>;
}

/** Every line of every service's log, in no order. Throws where one is no JSON. */
export async function readLogs(dataDir: string): Promise<LogLine[]> {
  const files = (await readdir(join(dataDir, 'logs'))).filter((file) => !/^(redis-|postgres)/.test(file));
  const logs = await Promise.all(
    files.map(async (file) => {
      const text = await readFile(join(dataDir, 'logs', file), 'utf8');
      return text
        .split('\n')
        .filter(Boolean)
        .map((line) => ({ from: file.replace(/\.log$/, ''), text: line }));
    }),
  );
  return logs.flat().map(({ from, text }) => ({ from, text, entry: JSON.parse(text) as LogLine['entry'] }));
}
