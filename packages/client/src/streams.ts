import { FleetMessage, JobsMessage, SluiceError } from '@sluice/contracts';
import type { Asker } from './ask.ts';
import { isTransient } from './problems.ts';
import { readSocket, type SocketConfig, socketAddress } from './socket.ts';
import { createTrouble, STEADY_MS } from './trouble.ts';

const JOBS = 'api/pipeline/ws/jobs';
const FLEET = 'api/pipeline/ws/fleet';

/** Streams that do not end by themselves. */
export interface StreamMethods {
  /**
   * The jobs of the tenant as they change: a snapshot, then every delta in order, across lost connections. After one it goes on where it was
   * (`resumed`), or begins with a new snapshot where the fleet knows no more of what was missed.
   */
  watchJobs(signal?: AbortSignal): AsyncGenerator<JobsMessage, void>;
  /** How the fleet is, as it changes: a snapshot, then deltas; after a lost connection a new snapshot. For an operator. */
  watchFleet(signal?: AbortSignal): AsyncGenerator<FleetMessage, void>;
}

export interface StreamsConfig {
  url: URL;
  apiKey: string | undefined;
  tenant: string | undefined;
  patienceMs: number;
  /** Asks once. */
  glance: Pick<Asker, 'tell'>;
}

export function streamMethods(config: StreamsConfig): StreamMethods {
  return {
    watchJobs(signal) {
      let position: string | undefined;
      return follow(config, signal, {
        path: JOBS,
        query: () => ({ tenant: config.tenant, after: position }),
        parse: (message) => JobsMessage.parse(message),
        onMessage(message) {
          position = positionAfter(message) ?? position;
        },
      });
    },
    watchFleet: (signal) =>
      follow(config, signal, { path: FLEET, query: () => ({}), parse: (message) => FleetMessage.parse(message) }),
  };
}

function positionAfter(message: JobsMessage): string | undefined {
  if (message.type === 'stale') return undefined;
  const seq = message.type === 'deltas' ? message.deltas.at(-1)?.seq : message.seq;
  return seq === undefined ? undefined : `${message.epoch}.${seq}`;
}

interface Stream<Message> {
  path: string;
  /** Of the next connection. */
  query(): Record<string, string | undefined>;
  parse(message: unknown): Message;
  onMessage?(message: Message): void;
}

/** Connects again and again until the signal, or until the patience ends. */
async function* follow<Message>(
  config: StreamsConfig,
  signal: AbortSignal | undefined,
  stream: Stream<Message>,
): AsyncGenerator<Message, void> {
  const trouble = createTrouble(config);
  for (;;) {
    const startMs = performance.now();
    try {
      for await (const message of readSocket(connectionOf(config, signal, stream))) {
        trouble.healed();
        stream.onMessage?.(message);
        yield message;
      }
      if (performance.now() - startMs > STEADY_MS) trouble.healed();
    } catch (error) {
      if (!isTransient(error)) throw error;
      trouble.cause = error;
    }
    await trouble.wait(signal);
  }
}

function connectionOf<Message>(
  { url, apiKey, glance }: StreamsConfig,
  signal: AbortSignal | undefined,
  { path, query, parse }: Stream<Message>,
): SocketConfig<Message> {
  return {
    url: socketAddress(url, path, query()),
    apiKey,
    signal,
    parse,
    // Asked without an upgrade, the path says whether the key may read it.
    async diagnose() {
      try {
        await glance.tell({ method: 'GET', path, query: query(), signal });
      } catch (error) {
        if (!(error instanceof SluiceError && error.code === 'upgrade-required')) throw error;
      }
    },
    // Whether anything was missed is only known to a new connection.
    isBehind: () => Promise.resolve(true),
  };
}
