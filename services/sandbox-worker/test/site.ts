import { type RequestListener, createServer } from 'node:http';
import { type Server, createServer as createTcpServer, type Socket } from 'node:net';
import type { SecureContextOptions, TLSSocket } from 'node:tls';
import { createServer as createTlsServer } from 'node:https';
import { listenOnLoopback, type LoopbackServer as Listening } from '@sluice/testkit';

export interface LoopbackServer extends Listening {
  origin: string;
}

/** What the routes answer, by path; a path that is missing is a 404. */
export type Routes = Record<string, RequestListener>;

/** A web site by routes. */
export function startSite(routes: Routes): Promise<LoopbackServer> {
  return listen(createServer(answerBy(routes)), 'http');
}

/** The same over TLS; `named` is told each connection's server name. */
export function startSecureSite(
  routes: Routes,
  identity: SecureContextOptions,
  named: (serverName: string | false | null) => void,
): Promise<LoopbackServer> {
  const server = createTlsServer({ ...identity }, answerBy(routes));
  server.on('secureConnection', (socket: TLSSocket) => named(socket.servername));
  return listen(server, 'https');
}

/** A port that must never be touched; it counts who does. */
export function startTrap(): Promise<LoopbackServer> {
  return listen(
    createTcpServer((socket) => socket.destroy()),
    'http',
  );
}

/** Speaks whatever bytes it is given, HTTP or not. */
export function startRawSite(answer: (socket: Socket) => void): Promise<LoopbackServer> {
  return listen(
    createTcpServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => answer(socket));
    }),
    'http',
  );
}

export const html =
  (body: string, headers: Record<string, string> = {}): RequestListener =>
  (_, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', ...headers }).end(body);
  };

export const redirect =
  (location: string, status = 302): RequestListener =>
  (_, response) => {
    response.writeHead(status, { location }).end('moved');
  };

function answerBy(routes: Routes): RequestListener {
  return (request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    const route = routes[path];
    if (route) route(request, response);
    else response.writeHead(404, { 'content-type': 'text/html' }).end('<title>Not found</title>');
  };
}

async function listen(server: Server, scheme: 'http' | 'https'): Promise<LoopbackServer> {
  const listening = await listenOnLoopback(server);
  return { ...listening, origin: `${scheme}://127.0.0.1:${listening.port}` };
}
