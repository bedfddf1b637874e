import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Problem, SluiceError } from '@sluice/contracts';
import type { Logger } from '@sluice/fleet/service';
import type { ErrorRequestHandler, RequestHandler } from 'express';
import { z } from 'zod';
import { problems } from '../metrics.ts';
import { isOutage } from './outage.ts';

type Described = Pick<Problem, 'status' | 'code' | 'detail' | 'errors'>;

/** A request may hold as many faults as it likes; so many are named, each cut to so many characters. */
const MOST_FAULTS = 20;
const FAULT_CHARS = 200;
const RETRY_AFTER_SECONDS = 1;
/** What comes with these says when to come again. */
const COME_AGAIN = new Set([429, 503]);

/** A problem and the headers that go with it. */
export interface Refusal {
  problem: Problem;
  headers: Record<string, string>;
}

/** A request that breaks its schema: 400 `bad-request`, and each fault with its path. */
export function invalidRequest(cause: z.ZodError): SluiceError {
  const message = 'The request does not have the form that is asked for.';
  return new SluiceError('bad-request', message, { httpStatus: 400, cause });
}

function faultsOf(error: z.ZodError): NonNullable<Problem['errors']> {
  return error.issues.slice(0, MOST_FAULTS).map(({ path, message }) => ({
    path: path.join('.').slice(0, FAULT_CHARS),
    message: message.slice(0, FAULT_CHARS),
  }));
}

function fromSluice({ httpStatus: status, code, message: detail, cause }: SluiceError): Described {
  return { status, code, detail, ...(cause instanceof z.ZodError ? { errors: faultsOf(cause) } : {}) };
}

const PARSER_PROBLEMS: Record<string, Described> = {
  'entity.parse.failed': { status: 400, code: 'bad-json', detail: 'The body is not JSON.' },
  'encoding.unsupported': { status: 415, code: 'unsupported-encoding', detail: 'This Content-Encoding is not known.' },
  'charset.unsupported': { status: 415, code: 'unsupported-encoding', detail: 'This character set is not known.' },
};

/** Express and its body parsers mark a fault of the request by a status of their own. */
function fromExpress(error: unknown): Described | null {
  const { status, type, name, limit } = (error ?? {}) as Record<'status' | 'type' | 'name' | 'limit', unknown>;
  if (typeof status !== 'number' || status < 400 || status >= 500) return null;
  if (type === 'entity.too.large') {
    const most = typeof limit === 'number' && limit < 1_024 * 1_024 ? `${Math.floor(limit / 1_024)} KB` : '25 MB';
    return { status: 413, code: 'too-large', detail: `The body may have ${most} at most.` };
  }
  const what = name === 'URIError' ? 'path' : 'body';
  const unread: Described = { status: 400, code: 'bad-request', detail: `The ${what} could not be read.` };
  return PARSER_PROBLEMS[String(type)] ?? unread;
}

const UNAVAILABLE: Described = {
  status: 503,
  code: 'unavailable',
  detail: 'What the gateway needs does not answer at the moment. Try again.',
};
const INTERNAL: Described = {
  status: 500,
  code: 'internal',
  detail: 'Something inside failed. The request id finds it in the log.',
};

/** RFC 9457. What is internal says nothing of the inside. */
export function refusalOf(error: unknown, instance: string, requestId: string, nowMs = Date.now()): Refusal {
  const described = describe(error);
  problems.inc({ code: described.code });
  const type = `urn:sluice:problem:${described.code}`;
  const problem = { type, title: STATUS_CODES[described.status] ?? 'Error', ...described, instance, requestId };
  return { problem, headers: headersOf(problem, secondsUntil(error, nowMs)) };
}

function describe(error: unknown): Described {
  if (error instanceof SluiceError && error.httpStatus !== 500) return fromSluice(error);
  if (isOutage(error)) return UNAVAILABLE;
  return fromExpress(error) ?? INTERNAL;
}

function secondsUntil(error: unknown, nowMs: number): number {
  const retryAtMs = error instanceof SluiceError ? error.retryAtMs : undefined;
  if (retryAtMs === undefined) return RETRY_AFTER_SECONDS;
  return Math.max(RETRY_AFTER_SECONDS, Math.ceil((retryAtMs - nowMs) / 1_000));
}

function headersOf({ status }: Problem, retrySeconds: number): Record<string, string> {
  return {
    'content-type': 'application/problem+json',
    ...(status === 401 ? { 'www-authenticate': 'Bearer realm="sluice"' } : {}),
    ...(COME_AGAIN.has(status) ? { 'retry-after': String(retrySeconds) } : {}),
  };
}

/** The path of a request's target; a query may hold what is nobody's business. */
export function pathOf(target: string | undefined): string {
  return (target ?? '').split('?')[0] ?? '';
}

export const notFound: RequestHandler = (request) => {
  throw new SluiceError('no-such-route', `There is no ${request.method} ${request.path}.`, { httpStatus: 404 });
};

/** The one mapper from errors to answers. */
export function problemHandler(log: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    const { requestId, jobId } = response.locals as { requestId: string; jobId?: string };
    const { problem, headers } = refusalOf(error, pathOf(request.originalUrl), requestId);
    if (problem.status >= 500) log.error('request failed', { requestId, jobId, method: request.method, error });
    if (response.headersSent) response.destroy();
    else
      response
        .status(problem.status)
        .set(headers)
        .send(Buffer.from(JSON.stringify(problem)));
  };
}

/** For a connection that Express never sees, or does not see any more. It is closed afterwards. */
export function answerRaw(connection: Duplex, { problem, headers: given }: Refusal): void {
  const body = JSON.stringify(problem);
  const headers = {
    ...given,
    connection: 'close',
    'content-length': String(Buffer.byteLength(body)),
    'x-request-id': problem.requestId ?? '',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `HTTP/1.1 ${problem.status} ${problem.title}\r\n${lines.join('')}\r\n`;
  connection.end(`${head}${body}`, () => connection.destroy());
}
