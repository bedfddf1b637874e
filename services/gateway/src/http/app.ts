import { randomUUID } from 'node:crypto';
import type { Logger } from '@sluice/fleet/service';
import express, { type Express } from 'express';
import { type JobRoutesConfig, jobRoutes } from './jobs.ts';
import { notFound, problemHandler } from './problem.ts';
import { type StatsRoutesConfig, statsRoutes } from './stats.ts';

/** Every HTTP route. Each answer carries `X-Request-Id`; errors are RFC 9457 problems. */
export function createApp(config: JobRoutesConfig & StatsRoutesConfig & { log: Logger }): Express {
  const app = express();
  app.disable('x-powered-by');
  app.use((_request, response, next) => {
    response.locals.requestId = randomUUID();
    response.set({ 'x-request-id': response.locals.requestId, 'x-content-type-options': 'nosniff' });
    next();
  });
  app.get('/', (_request, response) => {
    response.json({ name: 'sluice', submit: 'POST /api/pipeline/jobs', stats: 'GET /api/pipeline/orchestrator/stats' });
  });
  app.use('/api/pipeline/jobs', jobRoutes(config));
  app.use('/api/pipeline/orchestrator', statsRoutes(config));
  app.use(notFound);
  app.use(problemHandler(config.log));
  return app;
}
