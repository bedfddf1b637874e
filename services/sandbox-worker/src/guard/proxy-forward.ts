import { once } from 'node:events';
import { type IncomingMessage, request as httpRequest, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { GuardError } from '@sluice/fleet/guard';
import type { OpenPass } from './pass.ts';
import { meterFor, REFUSED_HEADER, refusalOf, refusalStatus } from './refusal.ts';

const HEADER_BYTES = 64 * 1024;

/** RFC 9110 §7.6.1, and what is between the browser and this proxy only. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  REFUSED_HEADER,
]);

/** An absolute-form request: asked over a connection of its own to the checked address. Never rejects. */
export async function forward(request: IncomingMessage, response: ServerResponse, pass: OpenPass): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const signal = AbortSignal.any([pass.signal, gone.signal]);
  const deadline = AbortSignal.timeout(pass.connectMs);
  let socket: Socket | undefined;
  let target: { host: string; port: number; secure: false } | undefined;
  try {
    const url = URL.parse(request.url ?? '');
    if (url?.protocol !== 'http:') {
      response.writeHead(400, { connection: 'close' }).end();
      return;
    }
    target = { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || 80), secure: false };
    ({ socket } = await pass.guard.connect(target, AbortSignal.any([signal, deadline])));
    pass.note(target, null);
    await relay({ request, response, url }, { socket, pass, signal });
  } catch (error) {
    const ranOut = !socket && deadline.aborted;
    if (response.headersSent || pass.signal.aborted) response.destroy();
    else {
      if (target) pass.note(target, refusalOf(error, { ranOut, connected: socket !== undefined }));
      response
        .writeHead(refusalStatus(error, ranOut), { [REFUSED_HEADER]: 'proxy; error=refused', connection: 'close' })
        .end();
    }
  } finally {
    socket?.destroy();
  }
}

async function relay(
  { request, response, url }: { request: IncomingMessage; response: ServerResponse; url: URL },
  { socket, pass, signal }: { socket: Socket; pass: OpenPass; signal: AbortSignal },
): Promise<void> {
  const onward = httpRequest({
    createConnection: () => socket,
    method: request.method ?? 'GET',
    path: url.pathname + url.search,
    headers: ['host', url.host, ...endToEnd(request.rawHeaders, 'host'), 'connection', 'close'],
    setHost: false,
    maxHeaderSize: HEADER_BYTES,
  });
  onward.on('error', () => {});
  onward.on('upgrade', () => onward.emit('error', new Error('switched to another protocol')));
  const answered = once(onward, 'response', { signal }).catch((error: unknown) => {
    throw new GuardError('connection', 'no answer', error);
  });
  const [[answer]] = (await Promise.all([answered, pipeline(request, meterFor(pass), onward, { signal })])) as [
    [IncomingMessage],
    void,
  ];
  response.writeHead(answer.statusCode ?? 502, endToEnd(answer.rawHeaders));
  await pipeline(answer, meterFor(pass), response, { signal });
}

/** The headers that go on, as name, value, name, value. */
function endToEnd(raw: readonly string[], ...besides: string[]): string[] {
  const kept: string[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] ?? '';
    if (!HOP_BY_HOP.has(name.toLowerCase()) && !besides.includes(name.toLowerCase()))
      kept.push(name, raw[at + 1] ?? '');
  }
  return kept;
}
