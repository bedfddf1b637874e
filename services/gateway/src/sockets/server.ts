import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { SluiceError } from '@sluice/contracts';
import type { JobStore } from '@sluice/fleet/jobs';
import type { Redis } from '@sluice/fleet/redis';
import type { Logger } from '@sluice/fleet/service';
import type { Records } from '@sluice/records';
import { type WebSocket, WebSocketServer } from 'ws';
import { answerRaw, pathOf, refusalOf } from '../http/problem.ts';
import type { JobFinder } from '../jobs/archive.ts';
import type { Authenticator } from '../keys/authenticate.ts';
import { socketsClosed, socketsOpen } from '../metrics.ts';
import { type Admission, createAdmit } from './admission.ts';
import type { Hub } from './hub.ts';
import { openStream } from './stream.ts';

const HEARTBEAT_MS = 20_000;
/** A reader with more than this unread is dropped. */
const BACKLOG_CAP_BYTES = 4 * 1024 * 1024;
/** So long a reader may take to say goodbye. */
const FAREWELL_MS = 2_000;
/** Codes of RFC 6455 and of its registry. */
const CLOSE = { ended: 1000, stopping: 1001, refused: 1008, trouble: 1011, slow: 1013 } as const;

export interface SocketServerConfig {
  authenticator: Pick<Authenticator, 'authenticate'>;
  findJob: JobFinder;
  hub: Hub;
  redis: Redis;
  jobs: JobStore;
  records: Pick<Records, 'jobs'>;
  log: Logger;
  /** How often each reader is pinged and its key looked at again; 20 s where nothing is said. */
  heartbeatMs?: number;
}

/** `WS /api/pipeline/ws/job/{id}?after=SEQ`. Refusals are HTTP answers before the upgrade; a reader whose key opens nothing any more is let go. */
export function createSocketServer(config: SocketServerConfig) {
  const { log, authenticator, heartbeatMs = HEARTBEAT_MS } = config;
  const admit = createAdmit(config);
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 1_024 });
  const alive = new WeakSet<WebSocket>();
  const requests = new WeakMap<WebSocket, IncomingMessage>();
  let stopping = false;
  const heartbeat = setInterval(() => {
    for (const socket of sockets.clients) {
      if (alive.delete(socket)) socket.ping();
      else drop(socket, 'silent');
      void lookAgain(socket);
    }
  }, heartbeatMs);

  /** Only a clear no counts: who cannot be asked just now says nothing of the key. */
  async function lookAgain(socket: WebSocket): Promise<void> {
    const request = requests.get(socket);
    try {
      if (request !== undefined) await authenticator.authenticate(request);
    } catch (error) {
      if (!(error instanceof SluiceError) || ![401, 403].includes(error.httpStatus)) return;
      dismiss(socket, 'refused', 'the key is not valid any more');
    }
  }

  async function serve(socket: WebSocket, { job, isLive, after }: Admission): Promise<void> {
    const { jobId } = job.meta;
    socketsOpen.inc();
    alive.add(socket);
    socket.on('pong', () => alive.add(socket));
    socket.on('error', () => socket.terminate());
    socket.on('close', () => socketsOpen.dec());
    const fail = (error: unknown) => {
      log.warn('stream trouble', { jobId, error });
      dismiss(socket, 'trouble', 'try again');
    };
    const send = (text: string) => {
      if (socket.bufferedAmount > BACKLOG_CAP_BYTES) dismiss(socket, 'slow', 'the reader is too slow');
      else socket.send(text);
    };
    const onEnd = () => {
      socketsClosed.inc({ reason: 'ended' });
      socket.close(CLOSE.ended, 'the job has ended');
    };
    try {
      const stream = await openStream({ ...config, job, isLive, after, send, onEnd, onError: fail });
      if (socket.readyState === socket.OPEN) socket.on('close', stream.close);
      else stream.close();
    } catch (error) {
      fail(error);
    }
  }

  async function upgrade(request: IncomingMessage, connection: Duplex, head: Buffer): Promise<void> {
    connection.on('error', () => connection.destroy());
    try {
      const admission = await admit(request);
      if (stopping) throw new SluiceError('stopping', 'The gateway stops.', { httpStatus: 503 });
      sockets.handleUpgrade(request, connection, head, (socket) => {
        requests.set(socket, request);
        void serve(socket, admission);
      });
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
      for (const socket of sockets.clients) dismiss(socket, 'stopping', 'the gateway stops');
    },
  };
}

function drop(socket: WebSocket, reason: string): void {
  if (socket.readyState === socket.OPEN) socketsClosed.inc({ reason });
  socket.terminate();
}

/** Closes a socket whose reader may not be reading: what it does not take within its farewell is thrown away. */
function dismiss(socket: WebSocket, reason: Exclude<keyof typeof CLOSE, 'ended'>, words: string): void {
  if (socket.readyState !== socket.OPEN) return;
  socketsClosed.inc({ reason });
  socket.close(CLOSE[reason], words);
  setTimeout(() => socket.terminate(), FAREWELL_MS).unref();
}
