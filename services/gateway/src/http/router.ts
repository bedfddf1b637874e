import type { IncomingMessage } from 'node:http';
import { MAIL_CAP_BYTES, SluiceError } from '@sluice/contracts';
import { type Request, type RequestHandler, type Response, Router } from 'express';
import type { Budget } from '../budget.ts';
import type { Caller } from '../keys/caller.ts';
import { jsonBody } from './json.ts';
import { onlyMethods } from './methods.ts';
import { invalidRequest } from './problem.ts';
import type { Access, Call, Reply, Route } from './route.ts';

/** Who asks, if they may: see `gate.ts`. */
export type Gate = (request: IncomingMessage, access: Exclude<Access, 'public'>) => Promise<Caller>;

const JSON_CAP_BYTES = 256 * 1_024;
/** What a large body may take of the memory at a time: a mail in base64. A batch is read mail by mail. */
const MOST_HELD_BYTES = Math.ceil((MAIL_CAP_BYTES * 4) / 3);
const AGAIN_AFTER_MS = 2_000;
const readJson = jsonBody(JSON_CAP_BYTES);

interface RouterConfig {
  gate: Gate;
  /** Of the memory, for bodies that may be large. */
  budget: Budget;
}

/** The routes of the table, in its order; a path that has not the method says which it has. */
export function buildRouter(routes: readonly Route[], config: RouterConfig): Router {
  const router = Router();
  for (const [path, group] of Map.groupBy(routes, (route) => route.path)) {
    const at = router.route(path.replaceAll(/\{(\w+)\}/g, ':$1'));
    for (const route of group) at[route.method](handlerOf(route, config));
    at.all(onlyMethods(...methodsOf(group)));
  }
  return router;
}

function methodsOf(group: readonly Route[]): string[] {
  const has = new Set(group.map(({ method }) => method.toUpperCase()));
  if (has.has('GET')) has.add('HEAD');
  return ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'].filter((method) => has.has(method));
}

/** Key, role and rate come before anything that the request holds is looked at, and the body comes last. */
function handlerOf(route: Route, { gate, budget }: RouterConfig): RequestHandler {
  return async (request, response) => {
    response.locals.route = route.name;
    const caller = route.access === 'public' ? null : await gate(request, route.access);
    const params = readParams(route, request);
    const query = read(route.query, { ...request.query });
    if (route.otherBody !== undefined) holdRoom(budget, request, response);
    const body = await readBody(route, request, response);
    const requestId = String(response.locals.requestId);
    const call = { caller, params, query, body, request, response, requestId } as Call<
      'submitter',
      unknown,
      unknown,
      unknown
    >;
    send(route, response, await route.handle(call));
  };
}

function readParams({ params, absent }: Route, request: Request): unknown {
  const parsed = params?.safeParse({ ...request.params });
  if (parsed === undefined || parsed.success) return parsed?.data;
  if (absent !== undefined) throw absent();
  throw new SluiceError('no-such-route', `There is no ${request.method} ${request.path}.`, { httpStatus: 404 });
}

function read(schema: Route['query'], value: unknown): unknown {
  const parsed = schema?.safeParse(value);
  if (parsed === undefined || parsed.success) return parsed?.data;
  throw invalidRequest(parsed.error);
}

/** Until the answer is out: what is read may be held so long. Throws `too-much-at-once` (503). */
function holdRoom(budget: Budget, request: Request, response: Response): void {
  const bytes = Math.min(Number(request.get('content-length') ?? MOST_HELD_BYTES), MOST_HELD_BYTES);
  if (!budget.take(bytes)) {
    const retryAtMs = Date.now() + AGAIN_AFTER_MS;
    const message = 'Too much comes at the same time.';
    throw new SluiceError('too-much-at-once', message, { httpStatus: 503, disposition: 'retry-at', retryAtMs });
  }
  response.once('close', () => budget.give(bytes));
}

async function readBody({ body, otherBody }: Route, request: Request, response: Response): Promise<unknown> {
  // Who went away while the key was looked at sends nothing more, and nobody would say so.
  if ((body ?? otherBody) !== undefined && request.destroyed) {
    throw new SluiceError('bad-request', 'The request broke off.', { httpStatus: 400 });
  }
  for (const parser of otherBody?.parsers ?? []) await runParser(parser, request, response);
  if (body === undefined) return request.body as unknown;
  // No body is an empty one: it may have nothing but defaults.
  if (request.get('content-length') === '0') return read(body.schema, {});
  if (request.is('application/json') === false) {
    throw new SluiceError('unsupported-body', 'The body is application/json.', { httpStatus: 415 });
  }
  await runParser(readJson, request, response);
  return read(body.schema, request.body ?? {});
}

function runParser(parser: RequestHandler, request: Request, response: Response): Promise<void> {
  return new Promise((resolve, reject) => {
    void parser(request, response, (error?: unknown) => {
      if (error === undefined || error === null) resolve();
      else reject(error);
    });
  });
}

function send(route: Route, response: Response, reply: Reply): void {
  if (reply === 'sent') return;
  const { status, body, headers = {} } = reply;
  const described = route.answers[status];
  if (described === undefined) throw new TypeError(`${route.name} answers ${status}, which its table does not know`);
  response.status(status).set(headers);
  if (described.schema === undefined) response.end();
  else response.json(described.schema.parse(body));
}
