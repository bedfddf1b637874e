import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { SluiceError } from '@sluice/contracts';
import { answerRaw, pathOf, refusalOf } from './problem.ts';

interface HttpLimits {
  /** A sender who is slow on purpose holds a connection no longer than this. */
  headersMs: number;
  /** For a body, and as long again as what has come of it takes at the slowest pace: a large one over a thin line needs longer. */
  requestMs: number;
  slowestBytesPerMs: number;
  /** However fast it comes. */
  longestMs: number;
  /** How often that is looked at. */
  checkMs: number;
  /** A reader who takes nothing of an answer for so long is cut off. */
  idleMs: number;
  /** A connection without a request is kept so long: longer than a proxy keeps its own, or it would send one just as this end closes. */
  keepAliveMs: number;
  /** At the stop, so long a request may take to its end; the shell's deadline is longer. */
  drainMs: number;
}

const LIMITS: HttpLimits = {
  headersMs: 10_000,
  requestMs: 60_000,
  slowestBytesPerMs: 64,
  longestMs: 3_600_000,
  checkMs: 2_000,
  idleMs: 90_000,
  keepAliveMs: 65_000,
  drainMs: 10_000,
};

/** The sender went away in the middle. */
const GONE = new Set(['ECONNRESET', 'HPE_INVALID_EOF_STATE']);

export interface HttpServer {
  server: Server;
  /** Takes no new connection, lets requests under way end, and resolves when no connection is left. */
  close(): Promise<void>;
}

/** The HTTP server with its limits. An `Upgrade` to anything but a WebSocket (h2c, say) is an ordinary request. */
export function createHttpServer(listener: RequestListener, limits = LIMITS): HttpServer {
  let stopping = false;
  const server = createServer({
    headersTimeout: limits.headersMs,
    requestTimeout: limits.longestMs,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: limits.checkMs,
    shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === 'websocket',
  });
  server.timeout = limits.idleMs;
  server.on('request', (request, response) => {
    watchPace(request, response, limits);
    response.once('close', () => {
      if (stopping) server.closeIdleConnections();
    });
  });
  server.on('request', listener);
  server.on('clientError', (error: NodeJS.ErrnoException, connection) => {
    if (GONE.has(error.code ?? '') || !connection.writable) connection.destroy();
    else answerRaw(connection, refusalOf(describe(error.code), '', randomUUID()));
  });
  return {
    server,
    async close() {
      stopping = true;
      const cut = setTimeout(() => server.closeAllConnections(), limits.drainMs);
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      clearTimeout(cut);
    },
  };
}

/** Ends a request whose body comes too slowly. */
function watchPace(request: IncomingMessage, response: ServerResponse, limits: HttpLimits): void {
  const { headers, socket } = request;
  if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined) return;
  const { requestMs, slowestBytesPerMs, checkMs } = limits;
  const [beganMs, beganBytes] = [performance.now(), socket.bytesRead];
  let timer = setTimeout(look, requestMs);
  request.once('close', () => clearTimeout(timer));

  function look(): void {
    if (request.complete || socket.destroyed) return;
    const allowedMs = requestMs + (socket.bytesRead - beganBytes) / slowestBytesPerMs;
    const leftMs = beganMs + allowedMs - performance.now();
    if (leftMs > 0) timer = setTimeout(look, Math.max(leftMs, checkMs));
    // Who has its answer hears no other one.
    else if (response.headersSent) socket.destroy();
    else answerRaw(socket, refusalOf(describe('ERR_HTTP_REQUEST_TIMEOUT'), pathOf(request.url), randomUUID()));
  }
}

/** What Node found wrong before there was a request. */
function describe(code: string | undefined): SluiceError {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return new SluiceError('request-timeout', 'The request did not come to its end in time.', { httpStatus: 408 });
  if (code === 'HPE_HEADER_OVERFLOW')
    return new SluiceError('headers-too-large', 'The headers may have 16 KB at most.', { httpStatus: 431 });
  return new SluiceError('not-http', 'This is not HTTP.', { httpStatus: 400 });
}
