import { JobId } from '@sluice/contracts';
import { SluiceError } from '@sluice/contracts';
import { z } from 'zod';
import { noJob } from '../../jobs/archive.ts';
import { DOCS_CSP, docsPage } from '../docs-page.ts';
import { describeApi } from '../openapi.ts';
import { answer, type Route, route, SENT } from '../route.ts';
import { TenantQuery } from './parameters.ts';

const Home = z.object({ name: z.literal('sluice'), submit: z.string(), stats: z.string(), docs: z.string() });

/** The front of the house: what there is, the document and its page. `all` is the whole table, these routes included. */
export function homeRoutes(all: () => readonly Route[]): Route[] {
  let document: Record<string, unknown> | undefined;
  let page: string | undefined;
  const described = () => (document ??= describeApi(all()));
  return [
    route({
      method: 'get',
      path: '/',
      name: 'home',
      chapter: 'About',
      summary: 'What this is.',
      access: 'public',
      answers: { 200: { says: 'Where to go.', name: 'Home', schema: Home } },
      problems: [],
      handle: () =>
        answer({
          name: 'sluice',
          submit: 'POST /api/pipeline/jobs',
          stats: 'GET /api/pipeline/orchestrator/stats',
          docs: 'GET /api/docs',
        }),
    }),
    route({
      method: 'get',
      path: '/api/openapi.json',
      name: 'openapi',
      chapter: 'About',
      summary: 'This document: OpenAPI 3.1.',
      access: 'public',
      answers: { 200: { says: 'The document.', schema: z.record(z.string(), z.unknown()) } },
      problems: [],
      handle: () => answer(described()),
    }),
    route({
      method: 'get',
      path: '/api/docs',
      name: 'docs',
      chapter: 'About',
      summary: 'The document as a page.',
      access: 'public',
      answers: { 200: { says: 'A page.', types: ['text/html'] } },
      problems: [],
      handle({ response }) {
        page ??= docsPage(all(), described());
        response.set('content-security-policy', DOCS_CSP).type('html').send(page);
        return SENT;
      },
    }),
    socketRoute(),
  ];
}

/** It is served by `sockets/server.ts`; asked without an upgrade it says so. */
function socketRoute(): Route {
  return route({
    method: 'get',
    path: '/api/pipeline/ws/job/{id}',
    name: 'socket',
    chapter: 'Jobs',
    summary: 'WebSocket: a snapshot and then every event of the job in order; with `after` only the events above it.',
    access: 'submitter',
    params: z.object({ id: JobId }),
    absent: noJob,
    query: z.object({
      ...TenantQuery.shape,
      after: z
        .string()
        .regex(/^\d{1,9}$/)
        .optional(),
    }),
    answers: { 101: { says: 'Messages are `SocketMessage`.' } },
    problems: ['upgrade-required', 'job-not-found', 'bad-sequence', 'foreign-tenant', 'stopping'],
    handle({ response }) {
      response.set({ upgrade: 'websocket', connection: 'Upgrade' });
      throw new SluiceError('upgrade-required', 'This path is a WebSocket.', { httpStatus: 426 });
    },
  });
}
