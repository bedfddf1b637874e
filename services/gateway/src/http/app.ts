import { randomUUID } from 'node:crypto';
import { exemplarLabels, type Logger } from '@sluice/fleet/service';
import express, { type Express, type RequestHandler } from 'express';
import { createBudget } from '../budget.ts';
import { requestDuration } from '../metrics.ts';
import { createPage, PAGE_FOLDER } from '../page/files.ts';
import { notFound, problemHandler } from './problem.ts';
import type { Route } from './route.ts';
import { buildRouter, type Gate } from './router.ts';

interface AppConfig {
  routes: readonly Route[];
  gate: Gate;
  log: Logger;
  /** How many bytes of submissions may be in memory at a time. */
  memoryBytes?: number;
}

const MEMORY_BYTES = 256 * 1_024 * 1_024;

/** The table as an application. Each answer carries `X-Request-Id`; errors are RFC 9457 problems. */
export function createApp({ routes, gate, log, memoryBytes = MEMORY_BYTES }: AppConfig): Express {
  const app = express();
  app.disable('x-powered-by');
  app.use(begin);
  app.use(createPage({ folder: PAGE_FOLDER }));
  app.use(buildRouter(routes, { gate, budget: createBudget(memoryBytes) }));
  app.use(notFound);
  app.use(problemHandler(log));
  return app;
}

const begin: RequestHandler = (_request, response, next) => {
  const requestId = randomUUID();
  response.locals.requestId = requestId;
  response.set({ 'x-request-id': requestId, 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' });
  const done = requestDuration.startTimer({}, exemplarLabels());
  response.once('close', () => {
    done({ route: String(response.locals.route ?? 'other'), status: response.statusCode });
  });
  next();
};
