import { SluiceError } from '@sluice/contracts';
import { type Client, createClient } from '../client.ts';
import { dataFolder, readAdminKey, readLocalFleet } from './local-fleet.ts';
import { UsageError } from './options.ts';
import { startOwnFleet } from './own-fleet.ts';

const NO_JOB = '00000000-0000-0000-0000-000000000000';

export interface FleetDoor {
  client: Client;
  /** Stops the fleet if it was started for this call. Idempotent. */
  stop(): Promise<void>;
}

/** What the words of the command say of the fleet; they come before the environment. */
export interface Place {
  url: string | undefined;
  apiKey: string | undefined;
  tenant: string | undefined;
}

export interface FindFleetConfig {
  env: NodeJS.ProcessEnv;
  place: Place;
  /** What a person who waits should know. */
  say: (line: string) => void;
  signal: AbortSignal;
  /** Starts a fleet on the data folder where none runs there, and tries the key before anything is done. */
  mayStart: boolean;
}

/** A person waits no longer than this for a fleet that does not answer. */
const PATIENCE_MS = 8_000;

/**
 * The fleet that the words or SLUICE_URL name, else the one that runs on the data folder, else, where that may be, one started there
 * for the call. Throws {@link UsageError} for settings that cannot be used, or a `SluiceError`: `no-fleet` where none was found.
 */
export async function findFleet(config: FindFleetConfig): Promise<FleetDoor> {
  const { tenant } = config.place;
  const { url, apiKey, stop } = await locate(config);
  try {
    if (!config.mayStart)
      return { client: createClient({ url, apiKey, tenant, patienceMs: PATIENCE_MS }), stop: () => Promise.resolve() };
    await tryKey(createClient({ url, apiKey, tenant, patienceMs: stop === null ? 0 : 10_000 }), config.signal);
    return { client: createClient({ url, apiKey, tenant }), stop: stop ?? (() => Promise.resolve()) };
  } catch (error) {
    await stop?.();
    throw error;
  }
}

interface Found {
  url: string;
  apiKey: string;
  /** Null for a fleet that is not on this machine's data folder. */
  stop: (() => Promise<void>) | null;
}

async function locate({ env, place, say, signal, mayStart }: FindFleetConfig): Promise<Found> {
  const named = [place.url, env.SLUICE_URL].find(isSet);
  const givenKey = [place.apiKey, env.SLUICE_API_KEY].find(isSet);
  if (named !== undefined) return remote(named, givenKey);
  const dataDir = dataFolder(env);
  const running = await readLocalFleet(dataDir);
  if (running === null && !mayStart) throw new SluiceError('no-fleet', `No fleet runs on ${dataDir}.`);
  if (running === null) say(`No fleet runs on ${dataDir}; starting one for this call.`);
  const fleet = running === null ? await startOwnFleet(dataDir, env, signal) : { ...running, stop: async () => {} };
  try {
    return {
      url: fleet.url,
      apiKey: givenKey ?? (await adminKey(dataDir)),
      stop: fleet.stop,
    };
  } catch (error) {
    await fleet.stop();
    throw error;
  }
}

function remote(url: string, apiKey: string | undefined): Found {
  const parsed = URL.parse(url);
  if (parsed === null || !/^https?:$/.test(parsed.protocol))
    throw new UsageError('The address of the fleet (--fleet, SLUICE_URL) is not an http or https URL.');
  if (!isSet(apiKey))
    throw new UsageError('The fleet is named (--fleet, SLUICE_URL), so its key must be, too: SLUICE_API_KEY or --key.');
  return { url, apiKey, stop: null };
}

async function adminKey(dataDir: string): Promise<string> {
  try {
    return await readAdminKey(dataDir);
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new SluiceError('no-key', `The admin key in ${dataDir} cannot be read (${why}).`);
  }
}

/** Asks for a job that cannot be: whoever is told so has a key that is good, whatever it is good for. */
async function tryKey(client: Client, signal: AbortSignal): Promise<void> {
  try {
    await client.status(NO_JOB, signal);
  } catch (error) {
    if (!(error instanceof SluiceError && error.code === 'job-not-found')) throw error;
  }
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}
