import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { JobId, SluiceError } from '@sluice/contracts';
import type { JobStore } from '@sluice/fleet/jobs';
import type { Redis } from '@sluice/fleet/redis';
import type { Logger } from '@sluice/fleet/service';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Authenticate } from '../auth.ts';
import { toProblem } from '../http/problem.ts';
import type { Hub } from './hub.ts';
import { openStream } from './stream.ts';

const PATH = /^\/api\/pipeline\/ws\/job\/([^/]+)$/;
const HEARTBEAT_MS = 20_000;
/** A reader with more than this unread is dropped. */
const BACKLOG_CAP_BYTES = 4 * 1024 * 1024;
/** So long a reader may take to say goodbye. */
const FAREWELL_MS = 2_000;
const GOING_AWAY = 1001;
const TOO_SLOW = 1013;

export interface SocketServerConfig {
  authenticate: Authenticate;
  hub: Hub;
  redis: Redis;
  jobs: JobStore;
  log: Logger;
}

/** `WS /api/pipeline/ws/job/{id}?after=SEQ`. Refusals are HTTP answers before the upgrade. */
export function createSocketServer(config: SocketServerConfig) {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 1_024 });
  const alive = new WeakSet<WebSocket>();
  const heartbeat = setInterval(() => {
    for (const socket of sockets.clients) {
      if (!alive.delete(socket)) socket.terminate();
      else socket.ping();
    }
  }, HEARTBEAT_MS);

  async function admit(request: IncomingMessage): Promise<{ jobId: JobId; after: number | undefined }> {
    const url = new URL(request.url ?? '/', 'http://gateway');
    const { tenant } = config.authenticate(request);
    const jobId = JobId.safeParse(PATH.exec(url.pathname)?.[1]);
    const job = jobId.success ? await config.jobs.snapshot(jobId.data) : null;
    if (job === null || job.meta.tenant !== tenant) {
      throw new SluiceError('job-not-found', 'There is no such job.', { httpStatus: 404 });
    }
    const after = url.searchParams.get('after');
    if (after === null) return { jobId: job.meta.jobId, after: undefined };
    if (/^\d{1,9}$/.test(after) && Number(after) <= job.seq) return { jobId: job.meta.jobId, after: Number(after) };
    throw new SluiceError('bad-sequence', 'There is no event with this number.', { httpStatus: 400 });
  }

  async function serve(socket: WebSocket, jobId: JobId, after: number | undefined): Promise<void> {
    const { hub, redis, jobs, log } = config;
    const onError = (error: Error) => {
      log.warn('stream trouble', { jobId, error });
      socket.close(1011, 'try again');
    };
    const send = (text: string) => {
      if (socket.bufferedAmount > BACKLOG_CAP_BYTES) socket.close(TOO_SLOW, 'the reader is too slow');
      else socket.send(text);
    };
    alive.add(socket);
    socket.on('pong', () => alive.add(socket));
    socket.on('error', () => socket.terminate());
    const stream = await openStream({ hub, redis, jobs, jobId, after, send, onError });
    if (socket.readyState === socket.OPEN) socket.on('close', () => stream.close());
    else stream.close();
  }

  async function upgrade(request: IncomingMessage, connection: Duplex, head: Buffer): Promise<void> {
    connection.on('error', () => connection.destroy());
    try {
      const { jobId, after } = await admit(request);
      sockets.handleUpgrade(request, connection, head, (socket) => {
        serve(socket, jobId, after).catch((error: unknown) => {
          config.log.warn('stream failed', { jobId, error });
          socket.close(1011, 'try again');
        });
      });
    } catch (error) {
      refuse(connection, error, request.url ?? '');
    }
  }

  return {
    attach(server: Server): void {
      server.on('upgrade', (request, connection, head) => void upgrade(request, connection, head));
    },
    /** Tells every reader to come back elsewhere. */
    stop(): void {
      clearInterval(heartbeat);
      for (const socket of sockets.clients) {
        socket.close(GOING_AWAY, 'the gateway stops');
        setTimeout(() => socket.terminate(), FAREWELL_MS).unref();
      }
    },
  };
}

function refuse(connection: Duplex, error: unknown, url: string): void {
  const problem = toProblem(error, url.split('?')[0] ?? '', '');
  const body = JSON.stringify(problem);
  const head = `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}\r\nconnection: close\r\n`;
  connection.end(
    `${head}content-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
