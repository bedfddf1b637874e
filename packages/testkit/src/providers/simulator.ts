import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLimiter, type SimulatedLimit } from './limiter.ts';

/**
 * `well`: as documented; `slow`: the same after a delay; `down`: the connection is reset; `refusing`: 429 with `Retry-After`; `rubbish`: a web page,
 * broken JSON and JSON of the wrong shape, in turn.
 */
export type SimulatorMode = 'well' | 'slow' | 'down' | 'refusing' | 'rubbish';

export interface SimulatorCall {
  /** On the monotonic clock of this process, at arrival. */
  atMs: number;
  method: string;
  /** Path and query, a key in it made unreadable. */
  path: string;
  /** What it asked about, as the provider understands it; null where it understands nothing. */
  value: string | null;
  /** Of the reply; 0 where there was none. */
  status: number;
  /** The caller left before it had the whole reply. */
  isCut: boolean;
}

export interface Simulator {
  /** To be used as the provider's base URL. */
  url: string;
  /** The key that it accepts. */
  apiKey: string;
  calls(): readonly SimulatorCall[];
  /** Calls beyond the limits, and calls during the time for which it had refused with `Retry-After`. */
  breaches(): number;
  behave(mode: SimulatorMode, how?: { delayMs?: number; retryAfterSeconds?: number }): void;
  stop(): Promise<void>;
}

export interface SimulatorOptions {
  apiKey?: string;
  /** What the vendor grants a free account where nothing is said; an empty list grants everything. */
  limits?: readonly SimulatedLimit[];
}

interface SimulatedRequest {
  method: string;
  url: URL;
  headers: IncomingMessage['headers'];
  /** Parsed JSON; undefined where there is none. */
  body: unknown;
}

export interface SimulatedReply {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
}

/** A vendor's behaviour. All functions are pure but for what the vendor itself remembers. */
export interface Vendor {
  /** Below the server's root, as in the vendor's base URL. */
  basePath: string;
  limits: readonly SimulatedLimit[];
  keyOf(request: SimulatedRequest): string | undefined;
  /** What is asked about; null for what the vendor does not offer. */
  valueOf(request: SimulatedRequest): string | null;
  /** Which calls count together; null for those that count nowhere. */
  actionOf?(request: SimulatedRequest): string | null;
  answer(value: string, request: SimulatedRequest): SimulatedReply;
  wrongKey(): SimulatedReply;
  notOffered(): SimulatedReply;
  /** `limit` is null where the mode refuses. */
  refused(retryAfterSeconds: number, limit: SimulatedLimit | null, action: string): SimulatedReply;
  /** Headers of every reply that counts; `limit` is the one with the least left. */
  quotaHeaders?(limit: SimulatedLimit, remaining: number, resetAfterMs: number, action: string): Record<string, string>;
}

const BODY_CAP_BYTES = 1_024 * 1_024;

/** Serves a vendor on a free loopback port. */
export async function startSimulator(vendor: Vendor, options: SimulatorOptions = {}): Promise<Simulator> {
  const { apiKey = 'simulated-key-0123456789abcdef', limits = vendor.limits } = options;
  const calls: SimulatorCall[] = [];
  const limiter = createLimiter(limits);
  let how = { mode: 'well' as SimulatorMode, delayMs: 0, retryAfterSeconds: 0 };
  let refusedUntilMs = 0;
  let breaches = 0;
  let rubbish = 0;

  /** A reply, or none where the connection is to be reset. */
  function replyTo(request: SimulatedRequest, value: string | null, atMs: number): SimulatedReply | null {
    if (how.mode === 'down') return null;
    if (vendor.keyOf(request) !== apiKey) return vendor.wrongKey();
    if (value === null) return vendor.notOffered();
    if (how.mode === 'rubbish') return RUBBISH[rubbish++ % RUBBISH.length] ?? null;
    const action = vendor.actionOf === undefined ? 'call' : vendor.actionOf(request);
    if (how.mode === 'refusing') return refuse(atMs, action ?? 'call');
    return action === null ? vendor.answer(value, request) : counted(request, value, action, atMs);
  }

  function refuse(atMs: number, action: string): SimulatedReply {
    if (atMs < refusedUntilMs) breaches++;
    else refusedUntilMs = atMs + 1_000 * how.retryAfterSeconds;
    return vendor.refused(how.retryAfterSeconds, null, action);
  }

  function counted(request: SimulatedRequest, value: string, action: string, atMs: number): SimulatedReply {
    const state = limiter.take(action, atMs);
    if (state === null) return vendor.answer(value, request);
    const { limit, remaining, resetAfterMs } = state;
    const headers = vendor.quotaHeaders?.(limit, Math.max(remaining, 0), resetAfterMs, action) ?? {};
    if (remaining < 0) breaches++;
    const reply =
      remaining < 0 ? vendor.refused(Math.ceil(resetAfterMs / 1_000), limit, action) : vendor.answer(value, request);
    return { ...reply, headers: { ...headers, ...reply.headers } };
  }

  const server = createServer((incoming, outgoing) => {
    const atMs = performance.now();
    void readRequest(incoming, vendor.basePath).then((request) => {
      const value = vendor.valueOf(request);
      const reply = replyTo(request, value, atMs);
      const path = (request.url.pathname + request.url.search).replaceAll(apiKey, '***');
      const call = { atMs, method: request.method, path, value, status: reply?.status ?? 0, isCut: outgoing.closed };
      calls.push(call);
      outgoing.on('close', () => (call.isCut = !outgoing.writableFinished));
      if (reply === null) incoming.socket.resetAndDestroy();
      else if (how.mode === 'slow') setTimeout(() => send(outgoing, reply), how.delayMs).unref();
      else send(outgoing, reply);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${vendor.basePath}`,
    apiKey,
    calls: () => calls,
    breaches: () => breaches,
    behave(mode, { delayMs = 1_000, retryAfterSeconds = 30 } = {}) {
      how = { mode, delayMs, retryAfterSeconds };
      refusedUntilMs = 0;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const RUBBISH: readonly SimulatedReply[] = [
  { status: 200, body: '<!doctype html><title>Welcome</title>', headers: { 'content-type': 'text/html' } },
  { status: 200, body: '{"data": {"attributes": {"last_an', headers: { 'content-type': 'application/json' } },
  { status: 200, body: { data: [7], results: 'none', ip_str: {}, candidates: { text: true }, uuid: 3, task: 'no' } },
];

async function readRequest(incoming: IncomingMessage, basePath: string): Promise<SimulatedRequest> {
  const url = new URL(incoming.url ?? '/', 'http://simulator');
  url.pathname = url.pathname.startsWith(basePath) ? url.pathname.slice(basePath.length) : '/outside';
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= BODY_CAP_BYTES) chunks.push(chunk);
  }
  return { method: incoming.method ?? 'GET', url, headers: incoming.headers, body: jsonOf(Buffer.concat(chunks)) };
}

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}

function send(outgoing: ServerResponse, { status, body, headers = {} }: SimulatedReply): void {
  outgoing.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
  outgoing.end(typeof body === 'string' ? body : JSON.stringify(body));
}
