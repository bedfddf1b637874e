import { SluiceError } from '@sluice/contracts';
import { type Client, createClient } from '../client.ts';
import { UsageError } from './arguments.ts';
import { dataFolder, readAdminKey, readLocalFleet } from './local-fleet.ts';
import { startOwnFleet } from './own-fleet.ts';

const NO_JOB = '00000000-0000-0000-0000-000000000000';

export interface FleetDoor {
  client: Client;
  /** Stops the fleet if it was started for this call. Idempotent. */
  stop(): Promise<void>;
}

export interface FindFleetConfig {
  env: NodeJS.ProcessEnv;
  /** What a person who waits should know. */
  say: (line: string) => void;
  signal: AbortSignal;
}

/**
 * The fleet that SLUICE_URL names, else the one that runs on the data folder, else one started there for the call. Its address
 * and the key have been tried when this resolves. Throws {@link UsageError} for settings that cannot be used, or a `SluiceError`.
 */
export async function findFleet(config: FindFleetConfig): Promise<FleetDoor> {
  const { url, apiKey, stop } = await locate(config);
  try {
    await tryKey(createClient({ url, apiKey, patienceMs: stop === null ? 0 : 10_000 }), config.signal);
    return { client: createClient({ url, apiKey }), stop: stop ?? (() => Promise.resolve()) };
  } catch (error) {
    await stop?.();
    throw error;
  }
}

interface Place {
  url: string;
  apiKey: string;
  /** Null for a fleet that is not on this machine's data folder. */
  stop: (() => Promise<void>) | null;
}

async function locate({ env, say, signal }: FindFleetConfig): Promise<Place> {
  if (isSet(env.SLUICE_URL)) return remote(env.SLUICE_URL, env.SLUICE_API_KEY);
  const dataDir = dataFolder(env);
  const running = await readLocalFleet(dataDir);
  if (running === null) say(`No fleet runs on ${dataDir}; starting one for this call.`);
  const fleet = running === null ? await startOwnFleet(dataDir, env, signal) : { ...running, stop: async () => {} };
  try {
    return {
      url: fleet.url,
      apiKey: isSet(env.SLUICE_API_KEY) ? env.SLUICE_API_KEY : await adminKey(dataDir),
      stop: fleet.stop,
    };
  } catch (error) {
    await fleet.stop();
    throw error;
  }
}

function remote(url: string, apiKey: string | undefined): Place {
  const parsed = URL.parse(url);
  if (parsed === null || !/^https?:$/.test(parsed.protocol))
    throw new UsageError('SLUICE_URL is not an http or https URL.');
  if (!isSet(apiKey)) throw new UsageError('SLUICE_URL is set, so SLUICE_API_KEY must be, too.');
  return { url, apiKey, stop: null };
}

async function adminKey(dataDir: string): Promise<string> {
  try {
    return await readAdminKey(dataDir);
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new SluiceError('no-key', `The admin key in ${dataDir} cannot be read (${why}). Set SLUICE_API_KEY.`);
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
