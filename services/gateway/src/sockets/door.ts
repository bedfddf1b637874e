import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { SluiceError } from '@sluice/contracts';
import type { Logger } from '@sluice/fleet/service';
import { type WebSocket, WebSocketServer } from 'ws';
import { answerRaw, pathOf, refusalOf } from '../http/problem.ts';
import type { Gate } from '../http/router.ts';
import type { JobFinder } from '../jobs/archive.ts';
import type { Authenticator } from '../keys/authenticate.ts';
import type { Caller } from '../keys/caller.ts';
import { socketsOpen } from '../metrics.ts';
import { type Admission, createReadWanted } from './admission.ts';
import { dismiss, drop } from './close.ts';
import type { FleetWatch } from './fleet/watch.ts';
import type { Feeds } from './jobs/feeds.ts';
import { createKeyWatch } from './key-watch.ts';
import { createPlaces, type SocketLimits } from './places.ts';
import { openStream, type StreamMeans } from './stream.ts';

const HEARTBEAT_MS = 20_000;
const KEYS_EVERY_MS = 5_000;
/** A reader with more than this unread is dropped. */
const BACKLOG_CAP_BYTES = 4 * 1024 * 1024;

export interface SocketDoorConfig extends StreamMeans {
  /** A socket that is opened counts as a request. */
  gate: Gate;
  /** Asked again while a socket is open. */
  authenticator: Pick<Authenticator, 'authenticate'>;
  findJob: JobFinder;
  feeds: Pick<Feeds, 'join' | 'stop'>;
  fleet: Pick<FleetWatch, 'join' | 'stop'>;
  limits: SocketLimits;
  log: Logger;
  /** How often each reader is pinged; 20 s where nothing is said. */
  heartbeatMs?: number;
  /** How often each key is looked at again; 5 s where nothing is said. */
  keysEveryMs?: number;
}

/** What a request was let in with. */
interface Ticket {
  request: IncomingMessage;
  caller: Caller;
  admission: Admission;
}

/**
 * `WS /api/pipeline/ws/job/{id}`, `/jobs` and `/fleet`. Refusals are HTTP answers before the upgrade; a reader whose key opens nothing any more is
 * let go.
 */
export function createSocketDoor(config: SocketDoorConfig) {
  const { log, gate, authenticator, feeds, fleet, heartbeatMs = HEARTBEAT_MS, keysEveryMs = KEYS_EVERY_MS } = config;
  const readWanted = createReadWanted(config.findJob);
  const places = createPlaces(config.limits);
  const keys = createKeyWatch({ authenticator, everyMs: keysEveryMs });
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 1_024 });
  const alive = new WeakSet<WebSocket>();
  let stopping = false;
  const heartbeat = setInterval(() => {
    for (const socket of sockets.clients) {
      if (alive.delete(socket)) socket.ping();
      else drop(socket);
    }
  }, heartbeatMs);

  /** What ends the stream. */
  async function openFor(socket: WebSocket, admission: Admission): Promise<() => void> {
    const send = (message: string | Buffer) => {
      if (socket.bufferedAmount > BACKLOG_CAP_BYTES) dismiss(socket, 'slow', 'the reader is too slow');
      // A message that many get is one buffer for all of them.
      else socket.send(message, { binary: false });
    };
    if (admission.kind === 'jobs') return feeds.join(admission.tenant, { send }, admission.after);
    if (admission.kind === 'fleet') return fleet.join({ send });
    const onEnd = () => dismiss(socket, 'ended', 'the job has ended');
    const onError = (error: unknown) => fail(socket, admission, error);
    return (await openStream({ ...config, ...admission, send, onEnd, onError })).close;
  }

  function fail(socket: WebSocket, admission: Admission, error: unknown): void {
    const jobId = admission.kind === 'job' ? admission.job.meta.jobId : undefined;
    log.warn('stream trouble', { stream: admission.kind, jobId, error });
    dismiss(socket, 'trouble', 'try again');
  }

  async function serve(socket: WebSocket, { request, caller, admission }: Ticket): Promise<void> {
    socketsOpen.inc();
    alive.add(socket);
    socket.on('pong', () => alive.add(socket));
    socket.on('error', () => socket.terminate());
    const unwatch = keys.add(request, caller, () => dismiss(socket, 'refused', 'the key is not valid any more'));
    socket.on('close', () => {
      socketsOpen.dec();
      unwatch();
    });
    try {
      const close = await openFor(socket, admission);
      if (socket.readyState === socket.OPEN) socket.on('close', close);
      else close();
    } catch (error) {
      fail(socket, admission, error);
    }
  }

  async function upgrade(request: IncomingMessage, connection: Duplex, head: Buffer): Promise<void> {
    connection.on('error', () => connection.destroy());
    try {
      const wanted = readWanted(request);
      const caller = await gate(request, wanted.access);
      // Who is gone by now closes no more, and a place would never come back.
      if (connection.destroyed) return;
      connection.once('close', places.take(caller.keyId));
      const admission = await wanted.admit(caller);
      if (stopping) throw new SluiceError('stopping', 'The gateway stops.', { httpStatus: 503 });
      sockets.handleUpgrade(request, connection, head, (socket) => void serve(socket, { request, caller, admission }));
    } catch (error) {
      const refusal = refusalOf(error, pathOf(request.url), randomUUID());
      const { status, requestId } = refusal.problem;
      if (status >= 500) log.error('socket refused', { requestId, error });
      answerRaw(connection, refusal);
    }
  }

  return {
    attach(server: Server): void {
      server.on('upgrade', (request, connection, head) => void upgrade(request, connection, head));
    },
    /** Tells every reader to come back elsewhere; none is left after two seconds. */
    stop(): void {
      stopping = true;
      clearInterval(heartbeat);
      keys.stop();
      feeds.stop();
      fleet.stop();
      for (const socket of sockets.clients) dismiss(socket, 'stopping', 'the gateway stops');
    },
  };
}
