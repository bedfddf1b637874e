import { once } from 'node:events';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import type { Socket } from 'node:net';
import { type Guard, GuardError, messageOf, targetOf } from '@sluice/fleet/guard';
import type { SignedMessage } from './message.ts';

const HEADER_BYTES = 16 * 1_024;
/** So much of an answer's body is read, so that a receiver that says a word more is not cut off; nothing of it is kept. */
const BODY_BYTES = 4 * 1_024;

export interface Answer {
  status: number;
  retryAfter: string | null;
}

/**
 * Posts a message over a connection of its own to exactly the address that the guard has judged. Redirects are answers like any other. Throws GuardError where there is
 * no connection or no answer, and the signal's reason.
 */
export async function post(
  url: URL,
  message: SignedMessage,
  means: { guard: Guard; signal: AbortSignal },
): Promise<Answer> {
  const { signal } = means;
  const { socket } = await means.guard.connect(targetOf(url), signal);
  try {
    const answer = await exchange(url, message, { socket, signal });
    await readSome(answer, signal);
    return { status: answer.statusCode ?? 0, retryAfter: answer.headers['retry-after'] ?? null };
  } finally {
    socket.destroy();
  }
}

async function exchange(
  url: URL,
  { body, headers }: SignedMessage,
  { socket, signal }: { socket: Socket; signal: AbortSignal },
): Promise<IncomingMessage> {
  const request = httpRequest({
    createConnection: () => socket,
    method: 'POST',
    path: url.pathname + url.search,
    headers: { host: url.host, ...headers, connection: 'close' },
    setHost: false,
    maxHeaderSize: HEADER_BYTES,
  });
  request.on('error', () => {});
  request.on('upgrade', () => request.emit('error', new Error('switched to another protocol')));
  request.end(body);
  try {
    const [answer] = (await once(request, 'response', { signal })) as [IncomingMessage];
    return answer;
  } catch (error) {
    signal.throwIfAborted();
    throw new GuardError('connection', messageOf(error, 'no answer'), error);
  }
}

/** The status is known by now: a body that breaks off, or is too long, changes nothing. */
async function readSome(answer: IncomingMessage, signal: AbortSignal): Promise<void> {
  let bytes = 0;
  answer.on('error', () => {});
  const stop = () => answer.destroy();
  signal.addEventListener('abort', stop, { once: true });
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      bytes += chunk.byteLength;
      if (bytes >= BODY_BYTES) break;
    }
  } catch {
    // See above.
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
