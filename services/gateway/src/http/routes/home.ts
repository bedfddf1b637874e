import { z } from 'zod';
import { DOCS_CSP, docsPage } from '../docs-page.ts';
import { describeApi } from '../openapi.ts';
import { answer, type Route, route, SENT } from '../route.ts';

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
  ];
}
