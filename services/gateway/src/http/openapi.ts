import { Problem, PROBLEMS, type ProblemCode } from '@sluice/contracts';
import { VERSION } from '@sluice/fleet/service';
import { z } from 'zod';
import type { Access, Route } from './route.ts';

type Json = Record<string, unknown>;
type Io = 'input' | 'output';

/** What every route may refuse with. */
const ALWAYS: readonly ProblemCode[] = [
  'bad-request',
  'request-timeout',
  'headers-too-large',
  'internal',
  'unavailable',
];
/** What every route that needs a key may refuse with. */
const WITH_KEY: readonly ProblemCode[] = [
  'unauthorized',
  'forbidden',
  'tenant-blocked',
  'cross-site',
  'too-many-guesses',
  'too-many-requests',
  'record-away',
];
const WITH_BODY: readonly ProblemCode[] = ['bad-json', 'too-large', 'unsupported-body', 'unsupported-encoding'];

const ROLE_WORDS: Record<Access, string> = {
  public: 'Needs no key.',
  submitter: 'Any role.',
  analyst: 'Role analyst or admin.',
  admin: 'Role admin.',
  operator: 'Role admin in the tenant `default`.',
};

/** Every code that a route may refuse with, in the order of the catalogue. */
export function problemsOf({ access, body, otherBody, problems }: Route): ProblemCode[] {
  const hasBody = body !== undefined || otherBody !== undefined;
  const all = new Set([
    ...problems,
    ...ALWAYS,
    ...(access === 'public' ? [] : WITH_KEY),
    ...(hasBody ? WITH_BODY : []),
    ...(otherBody === undefined ? [] : (['too-much-at-once'] as const)),
  ]);
  return (Object.keys(PROBLEMS) as ProblemCode[]).filter((code) => all.has(code));
}

/** The OpenAPI 3.1 document of the table. Throws where two schemas have one name. */
export function describeApi(routes: readonly Route[]): Json {
  const paths: Record<string, Json> = {};
  for (const route of routes) (paths[route.path] ??= {})[route.method] = operationOf(route);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Sluice',
      version: VERSION,
      description: 'Submit suspicious mails and observables, follow them, read their reports, and run the fleet.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: [...new Set(routes.map(({ chapter }) => chapter))].map((name) => ({ name })),
    paths,
    components: { schemas: schemasOf(routes), securitySchemes: SECURITY },
    'x-sluice-problems': Object.entries(PROBLEMS).map(([code, { status, says }]) => ({ code, status, says })),
  };
}

const SECURITY = {
  bearer: { type: 'http', scheme: 'bearer' },
  apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
  session: { type: 'apiKey', in: 'cookie', name: 'sluice_session' },
};

function operationOf(route: Route): Json {
  const { name, chapter, summary, access } = route;
  const security = access === 'public' ? [] : Object.keys(SECURITY).map((scheme) => ({ [scheme]: [] }));
  const requestBody = bodyOf(route);
  return {
    operationId: name,
    tags: [chapter],
    summary,
    description: ROLE_WORDS[access],
    'x-sluice-access': access,
    security,
    parameters: parametersOf(route),
    ...(requestBody === null ? {} : { requestBody }),
    responses: { ...answersOf(route), ...refusalsOf(route) },
  };
}

function parametersOf({ path, params, query, headers = {} }: Route): Json[] {
  const inPath = propertiesOf(params);
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const asked = propertiesOf(query);
  return [
    ...names.map((name) => ({
      name,
      in: 'path',
      required: true,
      schema: inPath.properties[name] ?? { type: 'string' },
    })),
    ...Object.entries(asked.properties).map(([name, schema]) => ({
      name,
      in: 'query',
      required: asked.required.includes(name),
      schema,
    })),
    ...Object.entries(headers).map(([name, description]) => ({
      name,
      in: 'header',
      required: false,
      description,
      schema: { type: 'string' },
    })),
  ];
}

function propertiesOf(schema: z.ZodType | undefined): { properties: Record<string, Json>; required: string[] } {
  const { properties = {}, required = [] } = schema === undefined ? {} : plainSchema(schema, 'input');
  return { properties: properties as Record<string, Json>, required: required as string[] };
}

function bodyOf({ body, otherBody }: Route): Json | null {
  if (body !== undefined) {
    const required = !body.schema.safeParse({}).success;
    return { required, content: { 'application/json': { schema: refTo(body.name) } } };
  }
  if (otherBody === undefined) return null;
  const content = Object.entries(otherBody.content).map(([type, { name, schema }]) => {
    if (name !== undefined) return [type, { schema: refTo(name) }];
    return [type, { schema: schema === undefined ? {} : plainSchema(schema, 'input') }];
  });
  return { required: true, description: otherBody.says, content: Object.fromEntries(content) as Json };
}

const REQUEST_ID = { 'X-Request-Id': { description: 'Finds the request in the log.', schema: { type: 'string' } } };
const RETRY_AFTER = {
  'Retry-After': { description: 'Seconds until asking again is worthwhile.', schema: { type: 'integer' } },
};

function answersOf({ answers }: Route): Json {
  return Object.fromEntries(
    Object.entries(answers).map(([status, { says, name, schema, types }]) => {
      const content = (types ?? (schema === undefined ? [] : ['application/json'])).map((type) => {
        const isJson = type === 'application/json';
        if (isJson && name !== undefined) return [type, { schema: refTo(name) }];
        return [type, { schema: isJson && schema !== undefined ? plainSchema(schema, 'output') : {} }];
      });
      const described = { description: says, headers: REQUEST_ID };
      return [
        status,
        content.length === 0 ? described : { ...described, content: Object.fromEntries(content) as Json },
      ];
    }),
  );
}

function refusalsOf(route: Route): Json {
  const byStatus = Map.groupBy(problemsOf(route), (code) => PROBLEMS[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => {
      const schema = { allOf: [refTo('Problem'), { properties: { code: { enum: codes } } }] };
      const headers = [429, 503].includes(status) ? { ...REQUEST_ID, ...RETRY_AFTER } : REQUEST_ID;
      const description = codes.map((code) => `\`${code}\`: ${PROBLEMS[code].says}`).join('\n\n');
      return [status, { description, headers, content: { 'application/problem+json': { schema } } }];
    }),
  );
}

/** The named schemas: bodies as they are sent, answers as they come. */
function schemasOf(routes: readonly Route[]): Json {
  const sent = routes.flatMap(({ body, otherBody }) => [body ?? {}, ...Object.values(otherBody?.content ?? {})]);
  const told = [...routes.flatMap(({ answers }) => Object.values(answers)), { name: 'Problem', schema: Problem }];
  const named = { ...componentsOf(sent, 'input'), ...componentsOf(told, 'output') };
  return Object.fromEntries(Object.entries(named).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function componentsOf(given: readonly { name?: string; schema?: z.ZodType }[], io: Io): Json {
  const registry = z.registry<{ id: string }>();
  const known = new Map<string, z.ZodType>();
  for (const { name, schema } of given) {
    if (name === undefined || schema === undefined) continue;
    const other = known.get(name);
    if (other !== undefined && other !== schema) throw new TypeError(`two schemas are called ${name}`);
    if (other === undefined) registry.add(schema, { id: name });
    known.set(name, schema);
  }
  const uri = (id: string) => `#/components/schemas/${id}`;
  const { schemas } = z.toJSONSchema(registry, { uri, io, unrepresentable: 'any' });
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, withoutHead(schema as Json)]));
}

function plainSchema(schema: z.ZodType, io: Io): Json {
  return withoutHead(z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Json);
}

/** A component says no dialect and no address of its own. */
function withoutHead(schema: Json): Json {
  return Object.fromEntries(Object.entries(schema).filter(([name]) => !['$schema', '$id', 'id'].includes(name)));
}

function refTo(name: string): Json {
  return { $ref: `#/components/schemas/${name}` };
}
