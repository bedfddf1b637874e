import { QUOTA_ACTIONS, QuotaName, QuotaSetting, QuotaSettings, QuotaUpdate, SluiceError } from '@sluice/contracts';
import { parseWindows } from '@sluice/fleet/rate-limit';
import type { Settings } from '@sluice/fleet/settings';
import type { Records } from '@sluice/records';
import { z } from 'zod';
import type { Audit } from '../../audit.ts';
import { answer, type Route, route } from '../route.ts';

export interface QuotaAdminConfig {
  records: Pick<Records, 'quotaSettings'>;
  settings: Pick<Settings, 'quotas' | 'putQuota'>;
  audit: Audit;
  now?: () => number;
}

const ofQuota = {
  chapter: 'Administration: quotas',
  access: 'operator',
  params: z.object({ action: QuotaName }),
  absent: () => new SluiceError('quota-not-found', 'There is no such quota.', { httpStatus: 404 }),
} as const;
const setting = { name: 'QuotaSetting', schema: QuotaSetting };

/** `/api/admin/quotas`: what is set while the fleet runs in the place of the workers' settings. Written to the record first: without it nothing changes (503). */
export function quotaAdminRoutes({ records, settings, audit, now = Date.now }: QuotaAdminConfig): Route[] {
  return [
    route({
      ...ofQuota,
      method: 'get',
      path: '/api/admin/quotas',
      name: 'admin-quotas',
      summary:
        'What is set for each quota; null where the settings of the workers hold. A tenant with a key of its own has `action@tenant`.',
      params: z.object({}),
      answers: { 200: { says: 'What is set.', name: 'QuotaSettings', schema: QuotaSettings } },
      problems: [],
      async handle() {
        const texts = await settings.quotas();
        const names = new Set<string>([...QUOTA_ACTIONS, ...Object.keys(texts).toSorted()]);
        const quotas = [...names].map((action) => ({ action, text: texts[action] ?? null }));
        return answer({ v: 1, quotas: quotas.filter(({ action }) => QuotaName.safeParse(action).success) });
      },
    }),
    route({
      ...ofQuota,
      method: 'put',
      path: '/api/admin/quotas/{action}',
      name: 'admin-quota-set',
      summary: 'Sets a quota; all workers follow within a second.',
      body: { name: 'QuotaUpdate', schema: QuotaUpdate },
      answers: { 200: { says: 'What is set.', ...setting } },
      problems: ['quota-not-found', 'bad-quotas'],
      async handle({ caller, params: { action }, body: { text }, requestId }) {
        parseWindows(text);
        await records.quotaSettings.put({ action, text, updatedMs: now(), updatedBy: caller.keyId });
        await settings.putQuota(action, text);
        await audit.note(caller, requestId, { action: 'quota.set', target: action, tenant: null, detail: { text } });
        return answer({ action, text });
      },
    }),
    route({
      ...ofQuota,
      method: 'delete',
      path: '/api/admin/quotas/{action}',
      name: 'admin-quota-reset',
      summary: "The workers' settings hold again.",
      answers: { 204: { says: 'Nothing is set any more.' } },
      problems: ['quota-not-found'],
      async handle({ caller, params: { action }, requestId }) {
        await records.quotaSettings.remove(action);
        await settings.putQuota(action, null);
        await audit.note(caller, requestId, { action: 'quota.reset', target: action, tenant: null });
        return { status: 204 };
      },
    }),
  ];
}
