import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { GuardPolicy } from '@sluice/fleet/guard';
import { createPasses, type OpenPass, type Pass, type PassLimits } from './pass.ts';
import { forward } from './proxy-forward.ts';
import { tunnel } from './proxy-tunnel.ts';
import { refusalText } from './refusal.ts';

const HEADER_BYTES = 64 * 1024;

const PASS_LIMITS: PassLimits = {
  bytes: 20 * 1024 * 1024,
  passMs: 60_000,
  connectMs: 10_000,
  openConnections: 100,
};

/** The way out for a browser: an HTTP proxy on loopback, all of whose connections a guard opens. */
export type GuardProxy = {
  /** Listens on a free port of 127.0.0.1 and says where. */
  start(): Promise<{ host: string; port: number; url: string }>;
  /** Leave for one visit. Without its credentials in Proxy-Authorization nothing passes (407). */
  admit(): Pass;
  /** Ends every pass and connection; resolves when the port is free. May be called twice. */
  stop(): Promise<void>;
};

/**
 * A forward proxy (RFC 9110 §7.6: absolute-form and CONNECT) that denies by default: what has no pass is answered 407, what the guard
 * refuses 403, what cannot be reached 502, what takes too long 504, a pass with too many open connections 429. A pass that has used up
 * its bytes or its time loses every connection at once.
 */
export function createGuardProxy({ limits, ...policy }: GuardPolicy & { limits?: Partial<PassLimits> }): GuardProxy {
  const passes = createPasses(policy, { ...PASS_LIMITS, ...limits });
  const server = createServer({ maxHeaderSize: HEADER_BYTES });
  const sockets = trackSockets(server);
  const passOf = (request: IncomingMessage) => passes.find(request.headers['proxy-authorization']);
  server.on('request', (request, response) => serve(request, response, passOf(request)));
  server.on('connect', (request: IncomingMessage, client: Duplex, head: Buffer) =>
    open(request, { client, head }, passOf(request)),
  );
  server.on('upgrade', (_, client: Duplex) => client.destroy());
  server.on('clientError', (_, client) => client.destroy());
  return {
    admit: () => passes.admit(),
    async start() {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(0, '127.0.0.1', resolve);
      });
      const { address, port } = server.address() as AddressInfo;
      return { host: address, port, url: `http://${address}:${port}` };
    },
    async stop() {
      passes.closeAll();
      for (const socket of sockets) socket.destroy();
      // The callback's error says only that the server was not listening.
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function serve(request: IncomingMessage, response: ServerResponse, pass: OpenPass | null): void {
  const release = pass?.enter() ?? null;
  if (!pass || !release) {
    response.writeHead(pass ? 429 : 407, { 'proxy-authenticate': 'Basic realm="sandbox"', connection: 'close' }).end();
    return;
  }
  void forward(request, response, pass).finally(release);
}

function open(
  request: IncomingMessage,
  { client, head }: { client: Duplex; head: Buffer },
  pass: OpenPass | null,
): void {
  client.on('error', () => {});
  const release = pass?.enter() ?? null;
  if (!pass || !release) {
    client.end(refusalText(pass ? 429 : 407));
    return;
  }
  void tunnel(request.url ?? '', { client, head }, pass).finally(release);
}

function trackSockets(server: Server): Set<Socket> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return sockets;
}
