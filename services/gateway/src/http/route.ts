import type { ProblemCode, Role, SluiceError } from '@sluice/contracts';
import type { Request, RequestHandler, Response } from 'express';
import type { z } from 'zod';
import type { Caller } from '../keys/caller.ts';

/** Who may: everybody, a key of at least this role, or an operator: an admin of the tenant `default`, who runs the fleet. */
export type Access = 'public' | Role | 'operator';
type Method = 'get' | 'post' | 'put' | 'delete';

/** What a status answers with. Without a schema it is text or bytes of the type, or nothing. */
interface Answer {
  says: string;
  /** The component of the document that holds its schema. */
  name?: string;
  schema?: z.ZodType;
  /** Media types; `application/json` where nothing is said and there is a schema. */
  types?: readonly string[];
}

/** A body that is no JSON of one schema: the route reads it by itself. */
export interface OtherBody {
  says: string;
  parsers: readonly RequestHandler[];
  /** By media type. */
  content: Readonly<Record<string, { name?: string; schema?: z.ZodType }>>;
}

/** A request as a handler sees it: what it holds has been checked. */
export interface Call<Who extends Access, Params, Query, Body> {
  caller: Who extends 'public' ? null : Caller;
  params: Params;
  query: Query;
  body: Body;
  request: Request;
  response: Response;
  requestId: string;
}

/** What a handler answers with. `sent`: it has answered by itself. */
export type Reply = 'sent' | { status: number; body?: unknown; headers?: Record<string, string> };

interface RouteSpec<Who extends Access, P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType> {
  method: Method;
  /** With `{name}` for what varies. */
  path: string;
  /** Of the operation in the document, and the route's label in metrics. */
  name: string;
  /** Chapter of the document. */
  chapter: string;
  summary: string;
  access: Who;
  /** Of the path. What does not fit it is as if it did not exist. */
  params?: P;
  /** What is thrown then; `no-such-route` where nothing is said. */
  absent?: () => SluiceError;
  query?: Q;
  body?: { name: string; schema: B };
  otherBody?: OtherBody;
  /** Request headers with a meaning of their own. */
  headers?: Readonly<Record<string, string>>;
  answers: Readonly<Record<number, Answer>>;
  /** What it may refuse with, besides what every route may. */
  problems: readonly ProblemCode[];
  handle(call: Call<Who, z.output<P>, z.output<Q>, z.output<B>>): Promise<Reply> | Reply;
}

/** An operation of the API as one value: the router, the checks, the metrics and the document are all made of it. */
export interface Route extends Omit<RouteSpec<Access, z.ZodType, z.ZodType, z.ZodType>, 'handle'> {
  handle(call: Call<'submitter', unknown, unknown, unknown>): Promise<Reply> | Reply;
}

/** Infers what its handler sees from its schemas. */
export function route<
  Who extends Access,
  P extends z.ZodType = z.ZodUndefined,
  Q extends z.ZodType = z.ZodUndefined,
  B extends z.ZodType = z.ZodUndefined,
>(spec: RouteSpec<Who, P, Q, B>): Route {
  // The router gives a handler what its own schemas have let through, and a caller unless it is public.
  return spec as unknown as Route;
}

/** For a handler that has answered by itself. */
export const SENT: Reply = 'sent';

/** An answer of JSON; the router checks it against the schema of its status. */
export function answer(body: unknown, status = 200, headers: Record<string, string> = {}): Reply {
  return { status, body, headers };
}
