import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type Identity, listenOnLoopback, type LoopbackServer } from '@sluice/testkit';

/** A request as a receiver got it. */
export interface Received {
  path: string;
  headers: Record<string, string>;
  body: string;
}

type Respond = (response: ServerResponse, request: IncomingMessage, nth: number) => void;

export interface Receiver extends LoopbackServer {
  url: string;
  received: Received[];
}

/** A real HTTP server on loopback, HTTPS where it has an identity; `respond` answers the nth request, from 0. */
export async function startReceiver(respond: Respond = answering(204), identity?: Identity): Promise<Receiver> {
  const received: Received[] = [];
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const headers = request.headers as Record<string, string>;
      const nth = received.push({ path: request.url ?? '', headers, body: Buffer.concat(chunks).toString() }) - 1;
      respond(response, request, nth);
    });
  };
  const server = identity === undefined ? createServer(listener) : createTlsServer(identity, listener);
  const listening = await listenOnLoopback(server);
  return { ...listening, url: `http://127.0.0.1:${listening.port}/hook`, received };
}

export const answering =
  (status: number, headers: Record<string, string> = {}): Respond =>
  (response) =>
    void response.writeHead(status, headers).end();
