import { randomUUID } from 'node:crypto';
import { createServer, type RequestListener, type Server } from 'node:http';
import { SluiceError } from '@sluice/contracts';
import { answerRaw, refusalOf } from './problem.ts';

interface HttpLimits {
  /** A sender who is slow on purpose holds a connection no longer than this. */
  headersMs: number;
  requestMs: number;
  /** How often that is looked at. */
  checkMs: number;
  /** A reader who takes nothing of an answer for so long is cut off. */
  idleMs: number;
  /** At the stop, so long a request may take to its end; the shell's deadline is longer. */
  drainMs: number;
}

const LIMITS: HttpLimits = { headersMs: 10_000, requestMs: 60_000, checkMs: 2_000, idleMs: 90_000, drainMs: 10_000 };

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
    requestTimeout: limits.requestMs,
    connectionsCheckingInterval: limits.checkMs,
    shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === 'websocket',
  });
  server.timeout = limits.idleMs;
  server.on('request', (_request, response) => {
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

/** What Node found wrong before there was a request. */
function describe(code: string | undefined): SluiceError {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return new SluiceError('request-timeout', 'The request did not come to its end in time.', { httpStatus: 408 });
  if (code === 'HPE_HEADER_OVERFLOW')
    return new SluiceError('headers-too-large', 'The headers may have 16 KB at most.', { httpStatus: 431 });
  return new SluiceError('not-http', 'This is not HTTP.', { httpStatus: 400 });
}
