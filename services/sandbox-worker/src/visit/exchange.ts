import { isUtf8 } from 'node:buffer';
import { once } from 'node:events';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import type { Readable } from 'node:stream';
import { codeOf, type Connection, GuardError, messageOf } from '@sluice/fleet/guard';

/** What a current browser on a common system sends; nothing in it names Sluice, its version or its host. */
const BROWSER_HEADERS = {
  'user-agent':
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
  accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  'accept-language': 'en-US,en;q=0.9',
  'accept-encoding': 'gzip, deflate, br',
  'upgrade-insecure-requests': '1',
  connection: 'close',
};

/** The head of an answer; header names in lower case, the first of several values. */
export type Head = { status: number; header(name: string): string | null };
export type Answer = { head: Head; body: Readable };

/**
 * Asks for one URL with GET over an open connection; no cookies, no referrer. The caller destroys the connection's socket, also
 * after an error. Throws GuardError `connection` when the answer is no HTTP, HeadersTooLarge, or the signal's reason.
 */
export async function ask(
  url: URL,
  how: { connection: Connection; headerBytes: number; signal: AbortSignal },
): Promise<Answer> {
  const request = httpRequest({
    createConnection: () => how.connection.socket,
    method: 'GET',
    path: url.pathname + url.search,
    headers: { host: url.host, ...BROWSER_HEADERS },
    setHost: false,
    maxHeaderSize: how.headerBytes,
  });
  request.on('error', () => {});
  request.on('upgrade', () => request.emit('error', new Error('switched to another protocol')));
  request.end();
  try {
    const [message] = (await once(request, 'response', { signal: how.signal })) as [IncomingMessage];
    return { head: headOf(message), body: message };
  } catch (error) {
    how.signal.throwIfAborted();
    throw codeOf(error) === 'HPE_HEADER_OVERFLOW'
      ? new HeadersTooLarge()
      : new GuardError('connection', messageOf(error, 'no answer'), error);
  }
}

export class HeadersTooLarge extends Error {
  constructor() {
    super('the header is too large');
  }
}

function headOf(message: IncomingMessage): Head {
  const headers = message.headersDistinct;
  return { status: message.statusCode ?? 0, header: (name) => utf8Of(headers[name]?.[0] ?? null) };
}

/** Node reads header bytes as Latin-1; browsers read them as UTF-8 where they are that. */
function utf8Of(value: string | null): string | null {
  if (value === null || !/[\u0080-\u00ff]/.test(value)) return value;
  const bytes = Buffer.from(value, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : value;
}
