import type { QuotaList } from '@sluice/contracts';
import {
  type AnnouncedQuota,
  type QuotaState,
  type QuotaWindow,
  type Waiting,
  windowName,
} from '@sluice/fleet/rate-limit';

type QuotaView = QuotaList['quotas'][number];

export interface Seen {
  announced: AnnouncedQuota;
  state: QuotaState;
  waiting: Waiting;
  /** Who asks: of other tenants is said only how many wait. */
  tenant: string;
  /** Epoch ms, read after the state: what is free by then is free now. */
  nowMs: number;
}

/** A quota's name ends in a hash of the key that it belongs to. */
const KEY_HASH = /\.[0-9a-f]{8,64}$/;
const UNITS: readonly (readonly [seconds: number, unit: string])[] = [
  [1, 's'],
  [60, 'min'],
  [3_600, 'h'],
  [86_400, 'day'],
  [31 * 86_400, 'month'],
];

/** A quota as one tenant may see it. */
export function viewOf({ announced, state, waiting, tenant, nowMs }: Seen): QuotaView {
  const { action, quota, tenant: owner, atMs } = announced;
  const freeAt = (ms: number) => (ms > nowMs ? momentOf(ms) : null);
  return {
    action,
    name: `${quota.name.replace(KEY_HASH, '')}${owner === undefined ? '' : `@${owner}`}`,
    announcedAt: momentOf(atMs),
    isShadow: quota.shadow === true,
    windows: state.windows.map(({ window, limit, used, remaining, nextFreeMs }) => ({
      name: windowName(window),
      text: textOf(window),
      limit,
      configuredLimit: window.limit,
      burst: window.burst ?? null,
      used,
      remaining,
      nextFreeAt: freeAt(nextFreeMs),
    })),
    nextFreeAt: freeAt(state.nextFreeMs),
    closedUntil: state.closedUntilMs === null ? null : momentOf(state.closedUntilMs),
    breaker: {
      state: state.breaker.state,
      retryAt: state.breaker.retryAtMs === null ? null : momentOf(state.breaker.retryAtMs),
    },
    waiting: waitingOf(waiting, tenant),
    refused: refusedOf(state, tenant),
  };
}

function waitingOf({ total, reserved, oldestMs, byPriority, byTenant }: Waiting, tenant: string): QuotaView['waiting'] {
  return {
    total,
    reserved,
    // Clocks of two moments: the oldest may have come after the one that is taken for now.
    oldestMs: total === 0 ? null : Math.max(oldestMs, 0),
    byPriority,
    own: byTenant.find((each) => each.tenant === tenant)?.waiting ?? 0,
    otherTenants: byTenant.filter((each) => each.tenant !== tenant).length,
  };
}

function refusedOf({ refusals }: QuotaState, asking: string): QuotaView['refused'] {
  const all = new Map<string, QuotaView['refused'][number] & { own: number }>();
  for (const { by, tenant, refused, wouldRefuse } of refusals) {
    const sum = all.get(by) ?? { by, refused: 0, wouldRefuse: 0, own: 0 };
    sum.refused += refused;
    sum.wouldRefuse += wouldRefuse;
    if (tenant === asking) sum.own += refused;
    all.set(by, sum);
  }
  return [...all.values()].toSorted((a, b) => (a.by < b.by ? -1 : 1));
}

function textOf(window: QuotaWindow): string {
  if (window.kind === 'calendar') return `${window.limit}/${window.period} ${window.zone}`;
  const unit = UNITS.find(([seconds]) => seconds === window.seconds)?.[1] ?? `${window.seconds}s`;
  return `${window.limit}/${unit}`;
}

function momentOf(ms: number): string {
  return new Date(ms).toISOString();
}
