import { describe, expect, test } from '@jest/globals';
import { QuotaList } from '@sluice/contracts';
import type { QuotaState, QuotaWindow, Waiting } from '@sluice/fleet/rate-limit';
import { type Seen, viewOf } from './view.ts';

const NOW_MS = Date.UTC(2026, 0, 1);
const MINUTE: QuotaWindow = { kind: 'sliding', seconds: 60, limit: 4 };

function seen(state: Partial<QuotaState> = {}, waiting: Partial<Waiting> = {}, windows = [MINUTE]): Seen {
  const quota = { name: 'virustotal.0123abcd', windows, cooldownSeconds: 60, marginMs: 0 };
  return {
    announced: { v: 1, action: 'virustotal', quota, atMs: NOW_MS },
    state: {
      name: quota.name,
      closedUntilMs: null,
      windows: windows.map((window) => ({ window, used: 0, remaining: 4, nextFreeMs: NOW_MS, limit: window.limit })),
      breaker: { state: 'none', retryAtMs: null },
      nextFreeMs: NOW_MS,
      refusals: [],
      waiting: 0,
      ...state,
    },
    waiting: {
      total: 0,
      reserved: 0,
      oldestMs: 0,
      byPriority: { urgent: 0, high: 0, normal: 0, low: 0 },
      byTenant: [],
      estimateMs: () => 0,
      ...waiting,
    },
    tenant: 'default',
    nowMs: NOW_MS,
  };
}

describe('the view of a quota', () => {
  test.each<[QuotaWindow, string, string]>([
    [MINUTE, '60s', '4/min'],
    [{ kind: 'sliding', seconds: 1, limit: 1 }, '1s', '1/s'],
    [{ kind: 'sliding', seconds: 3_600, limit: 100 }, '3600s', '100/h'],
    [{ kind: 'sliding', seconds: 86_400, limit: 500 }, '86400s', '500/day'],
    [{ kind: 'sliding', seconds: 31 * 86_400, limit: 1_000 }, '2678400s', '1000/month'],
    [{ kind: 'sliding', seconds: 90, limit: 5 }, '90s', '5/90s'],
    [{ kind: 'calendar', period: 'day', zone: 'Europe/Berlin', limit: 9 }, 'day Europe/Berlin', '9/day Europe/Berlin'],
  ])('names a window as settings do: %j', (window, name, text) => {
    expect(viewOf(seen({}, {}, [window])).windows).toMatchObject([{ name, text }]);
  });

  test('says nothing of the key, and of other tenants only how many wait', () => {
    const byTenant = [
      { tenant: 'default', waiting: 3 },
      { tenant: 'acme', waiting: 5 },
      { tenant: 'globex', waiting: 1 },
    ];
    const refusals = ['acme', 'default'].map((tenant) => ({ by: '60s', tenant, refused: 2, wouldRefuse: 1 }));
    const view = viewOf(seen({ refusals }, { total: 9, byTenant }));
    expect(view).toMatchObject({ name: 'virustotal', waiting: { total: 9, own: 3, otherTenants: 2 } });
    expect(view.refused).toEqual([{ by: '60s', refused: 4, wouldRefuse: 2, own: 2 }]);
    expect(JSON.stringify(view)).not.toMatch(/0123abcd|acme|globex/);
  });

  test('has no moment for what is free now, and the moment for what is not', () => {
    const free = viewOf(seen());
    expect([free.nextFreeAt, free.windows[0]?.nextFreeAt, free.closedUntil]).toEqual([null, null, null]);
    const [window] = seen().state.windows;
    const windows = window === undefined ? [] : [{ ...window, nextFreeMs: NOW_MS + 1 }];
    const taken = viewOf(seen({ windows, nextFreeMs: NOW_MS + 2_000, closedUntilMs: NOW_MS + 2_000 }));
    expect(taken).toMatchObject({
      nextFreeAt: '2026-01-01T00:00:02.000Z',
      closedUntil: '2026-01-01T00:00:02.000Z',
      windows: [{ nextFreeAt: '2026-01-01T00:00:00.001Z' }],
    });
  });

  test('fits its contract also where nobody waits, and where the oldest came a moment ago', () => {
    const views = [viewOf(seen()), viewOf(seen({}, { total: 1, oldestMs: -1 }))];
    expect(views.map(({ waiting }) => waiting.oldestMs)).toEqual([null, 0]);
    expect(QuotaList.parse({ v: 1, quotas: views }).quotas).toEqual(views);
  });
});
