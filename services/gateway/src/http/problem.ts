import { type Problem, SluiceError } from '@sluice/contracts';
import type { ErrorRequestHandler, RequestHandler, Response } from 'express';
import { z } from 'zod';
import type { Logger } from '@sluice/fleet/service';

/** `z.ZodError` of a request: 400, and each fault with its path. */
function fromZod(error: z.ZodError): Pick<Problem, 'status' | 'code' | 'detail' | 'errors'> {
  const errors = error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
  return { status: 400, code: 'bad-request', detail: 'The request does not have the form that is asked for.', errors };
}

/** Errors of the body parsers carry a status and a type of their own. */
function fromParser(error: { status: number; type?: string }): Pick<Problem, 'status' | 'code' | 'detail'> {
  if (error.status === 413) return { status: 413, code: 'too-large', detail: 'A mail may have 25 MB at most.' };
  if (error.type === 'entity.parse.failed') return { status: 400, code: 'bad-json', detail: 'The body is not JSON.' };
  return { status: 400, code: 'bad-request', detail: 'The body could not be read.' };
}

function isParserError(error: unknown): error is { status: number; type?: string } {
  const status = (error as { status?: unknown } | null)?.status;
  return typeof status === 'number' && status >= 400 && status < 500;
}

function describe(error: unknown): Pick<Problem, 'status' | 'code' | 'detail' | 'errors'> {
  if (error instanceof z.ZodError) return fromZod(error);
  if (error instanceof SluiceError && error.httpStatus < 500) {
    return { status: error.httpStatus, code: error.code, detail: error.message };
  }
  if (isParserError(error)) return fromParser(error);
  return { status: 500, code: 'internal', detail: 'Something inside failed. The request id finds it in the log.' };
}

const TITLES: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  404: 'Not Found',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** RFC 9457. A 5xx says nothing of the inside. */
export function toProblem(error: unknown, instance: string, requestId: string): Problem {
  const described = describe(error);
  const type = `urn:sluice:problem:${described.code}`;
  return { type, title: TITLES[described.status] ?? 'Error', ...described, instance, requestId };
}

export function sendProblem(response: Response, problem: Problem): void {
  if (problem.status === 401) response.set('www-authenticate', 'Bearer realm="sluice"');
  response.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
}

export const notFound: RequestHandler = (request) => {
  throw new SluiceError('no-such-route', `There is no ${request.method} ${request.path}.`, { httpStatus: 404 });
};

/** The one mapper from errors to answers. */
export function problemHandler(log: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    const requestId = String(response.locals.requestId ?? '');
    const problem = toProblem(error, request.originalUrl.split('?')[0] ?? '', requestId);
    if (problem.status >= 500) log.error('request failed', { requestId, method: request.method, error });
    if (response.headersSent) response.destroy();
    else sendProblem(response, problem);
  };
}
