import { QuotaList } from '@sluice/contracts';
import { type Request, type Response, Router } from 'express';
import type { Authenticate } from '../auth.ts';
import type { QuotaReader } from '../quotas/reader.ts';
import { named } from './jobs.ts';
import { onlyMethods } from './methods.ts';

export interface QuotaRoutesConfig {
  authenticate: Authenticate;
  readQuotas: QuotaReader;
}

/** `/api/quotas`: what the providers may be asked, what of it is used, and who waits. */
export function quotaRoutes({ authenticate, readQuotas }: QuotaRoutesConfig): Router {
  async function list(request: Request, response: Response): Promise<void> {
    const { tenant } = authenticate(request);
    response.json(QuotaList.parse(await readQuotas(tenant)));
  }

  const router = Router();
  router.route('/').get(named('quotas'), list).all(onlyMethods('GET', 'HEAD'));
  return router;
}
