import { SluiceError } from '@sluice/contracts';
import { badAnswer, unreachable } from './problems.ts';
import { keyHeaders, type Query } from './transport.ts';

const HANDSHAKE_TIMEOUT_MS = 10_000;
/** After so long a silence it is asked whether anything was missed: the gateway's pings do not reach a program. */
const SILENCE_MS = 45_000;
/** A reader who is further behind is cut off, and goes on with the numbers that it has not had. */
const MOST_UNREAD = 10_000;

export interface SocketConfig<Message> {
  url: URL;
  /** Undefined: the browser sends the session's cookie. */
  apiKey: string | undefined;
  /** The contract of a message. */
  parse(message: unknown): Message;
  /** Throws why no connection could be made, where that can be found out: what a socket is refused with is not told. */
  diagnose(): Promise<void>;
  /** Whether messages were missed, after a silence. */
  isBehind(): Promise<boolean>;
  signal?: AbortSignal | undefined;
}

/** The part of a WebSocket that is used, as browsers and Node have it. Only Node's takes headers. */
interface Socket {
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void;
  addEventListener(type: 'open' | 'close' | 'error', listener: () => void): void;
  close(): void;
}
type SocketConstructor = new (url: string, options?: { headers: Record<string, string> }) => Socket;

/**
 * The messages of one connection until it ends, for whatever reason. Throws what the diagnosis throws where there was none, else `unreachable`, or
 * the signal's reason. Leaving the loop closes the connection.
 */
export async function* readSocket<Message>(config: SocketConfig<Message>): AsyncGenerator<Message, void> {
  const { url, signal } = config;
  signal?.throwIfAborted();
  const line = listen(openSocket(config), signal);
  try {
    if (!(await line.opened)) {
      signal?.throwIfAborted();
      await config.diagnose();
      throw unreachable(url, null);
    }
    for (;;) {
      const next = await line.next();
      signal?.throwIfAborted();
      if (next === 'closed' || (next === 'silence' && (await config.isBehind()))) return;
      if (next !== 'silence') yield parseMessage(config, next.data);
    }
  } finally {
    line.close();
  }
}

/** Of a path below the fleet's address. */
export function socketAddress(base: URL, path: string, query: Query): URL {
  const url = new URL(path, base);
  url.protocol = base.protocol === 'https:' ? 'wss:' : 'ws:';
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  return url;
}

function openSocket({ url, apiKey }: { url: URL; apiKey: string | undefined }): Socket {
  const Socket = WebSocket as unknown as SocketConstructor;
  try {
    return apiKey === undefined ? new Socket(url.href) : new Socket(url.href, { headers: keyHeaders(apiKey) });
  } catch (cause) {
    const message = 'No socket can be opened: a browser sends no API key with one, and needs a session.';
    throw new SluiceError('no-socket', message, { cause });
  }
}

function parseMessage<Message>({ parse }: SocketConfig<Message>, data: unknown): Message {
  try {
    return parse(JSON.parse(String(data)));
  } catch (error) {
    throw badAnswer(error);
  }
}

/** Listens from the beginning, so that a message that comes with the handshake is not lost. */
function listen(socket: Socket, signal: AbortSignal | undefined) {
  const unread: { data: unknown }[] = [];
  const opening = Promise.withResolvers<boolean>();
  let isClosed = false;
  let wake = () => undefined as void;
  const timer = setTimeout(() => socket.close(), HANDSHAKE_TIMEOUT_MS);
  const end = () => {
    isClosed = true;
    opening.resolve(false);
    wake();
  };
  const leave = () => {
    socket.close();
    end();
  };
  socket.addEventListener('open', () => {
    clearTimeout(timer);
    opening.resolve(true);
  });
  socket.addEventListener('message', ({ data }) => {
    if (isClosed) return;
    unread.push({ data });
    if (unread.length > MOST_UNREAD) leave();
    wake();
  });
  // An error is followed by the close.
  socket.addEventListener('error', () => undefined);
  socket.addEventListener('close', end);
  signal?.addEventListener('abort', leave, { once: true });
  return {
    opened: opening.promise,
    async next(): Promise<{ data: unknown } | 'closed' | 'silence'> {
      const first = unread.shift();
      if (first !== undefined) return first;
      if (isClosed) return 'closed';
      const woken = await new Promise<boolean>((resolve) => {
        const silence = setTimeout(() => resolve(false), SILENCE_MS);
        wake = () => {
          clearTimeout(silence);
          resolve(true);
        };
      });
      return woken ? (unread.shift() ?? 'closed') : 'silence';
    },
    close(): void {
      clearTimeout(timer);
      signal?.removeEventListener('abort', leave);
      socket.close();
      end();
    },
  };
}
