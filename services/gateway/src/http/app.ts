import { randomUUID } from 'node:crypto';
import type { Logger } from '@sluice/fleet/service';
import express, { type Express, type RequestHandler } from 'express';
import { requestDuration } from '../metrics.ts';
import { type CacheRoutesConfig, cacheRoutes } from './cache.ts';
import { type JobRoutesConfig, jobRoutes } from './jobs.ts';
import { onlyMethods, upgradeRequired } from './methods.ts';
import { notFound, problemHandler } from './problem.ts';
import { type QuotaRoutesConfig, quotaRoutes } from './quotas.ts';
import { type StatsRoutesConfig, statsRoutes } from './stats.ts';

type AppConfig = JobRoutesConfig & StatsRoutesConfig & QuotaRoutesConfig & CacheRoutesConfig & { log: Logger };

/** Every HTTP route. Each answer carries `X-Request-Id`; errors are RFC 9457 problems. */
export function createApp(config: AppConfig): Express {
  const app = express();
  app.disable('x-powered-by');
  app.use(begin);
  app
    .route('/')
    .get((_request, response) => {
      response.json({
        name: 'sluice',
        submit: 'POST /api/pipeline/jobs',
        stats: 'GET /api/pipeline/orchestrator/stats',
      });
    })
    .all(onlyMethods('GET', 'HEAD'));
  app.use('/api/pipeline/jobs', jobRoutes(config));
  app.use('/api/pipeline/orchestrator', statsRoutes(config));
  app.use('/api/quotas', quotaRoutes(config));
  app.use('/api/cache', cacheRoutes(config));
  app.all('/api/pipeline/ws/job/:id', upgradeRequired);
  app.use(notFound);
  app.use(problemHandler(config.log));
  return app;
}

const begin: RequestHandler = (_request, response, next) => {
  const requestId = randomUUID();
  response.locals.requestId = requestId;
  response.set({ 'x-request-id': requestId, 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' });
  const done = requestDuration.startTimer();
  response.once('close', () => {
    done({ route: String(response.locals.route ?? 'other'), status: response.statusCode });
  });
  next();
};
