import { on } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { SluiceError, SocketMessage } from '@sluice/contracts';
import { WebSocket } from 'ws';
import { badAnswer, errorOfAnswer, unreachable } from './problems.ts';

const HANDSHAKE_TIMEOUT_MS = 10_000;
/** The gateway pings every 20 s: when two of them stay away, nobody is at the other end. */
const SILENCE_MS = 45_000;
const MESSAGE_CAP_BYTES = 16 * 1024 * 1024;
const REFUSAL_CAP_BYTES = 64 * 1024;

export interface SocketConfig {
  url: URL;
  apiKey: string;
  signal?: AbortSignal | undefined;
}

/**
 * The messages of one connection until it ends, for whatever reason. Throws what the gateway refused the connection with,
 * `unreachable` where there was none, or the signal's reason. Leaving the loop closes the connection.
 */
export async function* readSocket({ url, apiKey, signal }: SocketConfig): AsyncGenerator<SocketMessage, void> {
  signal?.throwIfAborted();
  const socket = new WebSocket(url, {
    headers: { authorization: `Bearer ${apiKey}` },
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    maxPayload: MESSAGE_CAP_BYTES,
    perMessageDeflate: false,
  });
  // Listens before the connection is open, so that a message that comes with the handshake is not lost.
  const messages = on(socket, 'message', { close: ['close'], signal, highWaterMark: 256, lowWaterMark: 64 });
  const guard = watchSilence(socket);
  const leave = () => socket.terminate();
  signal?.addEventListener('abort', leave, { once: true });
  socket.on('error', () => undefined);
  try {
    await opened(socket, url);
    for await (const [data] of messages) yield parse(data);
  } catch (error) {
    signal?.throwIfAborted();
    throw error instanceof SluiceError ? error : unreachable(url, error);
  } finally {
    guard.end();
    signal?.removeEventListener('abort', leave);
    socket.terminate();
  }
}

function parse(data: unknown): SocketMessage {
  try {
    return SocketMessage.parse(JSON.parse(String(data)));
  } catch (error) {
    throw badAnswer(error);
  }
}

function opened(socket: WebSocket, url: URL): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', (error) => reject(unreachable(url, error)));
    socket.once('close', () => reject(unreachable(url, null)));
    socket.once('unexpected-response', (_request, response) => {
      readRefusal(response).then(reject, (error: unknown) => reject(unreachable(url, error)));
    });
  });
}

async function readRefusal(response: IncomingMessage): Promise<SluiceError> {
  let body = '';
  for await (const chunk of response.setEncoding('utf8')) {
    body += chunk as string;
    if (body.length > REFUSAL_CAP_BYTES) break;
  }
  return errorOfAnswer(response.statusCode ?? 500, body);
}

function watchSilence(socket: WebSocket): { end(): void } {
  const timer = setTimeout(() => socket.terminate(), SILENCE_MS);
  const heard = () => timer.refresh();
  socket.on('ping', heard).on('message', heard);
  return { end: () => clearTimeout(timer) };
}
