import type { TenantId } from '@sluice/contracts';

/** `jobs`: as many at work as the plan allows; `day`: as many today. */
export type Room = 'free' | 'jobs' | 'day';

interface RoomsConfig {
  /** Counts anew, in Redis. */
  count: (tenant: TenantId) => Promise<Room>;
  /** Redis is waited for no longer; then nobody can say. */
  patienceMs?: number;
  monotonicMs?: () => number;
}

/** What is counted holds for all checks of a tenant within this. */
const HOLDS_MS = 1_000;
const PATIENCE_MS = 1_000;
const MOST_TENANTS = 10_000;

interface Copy {
  room: Promise<Room>;
  atMs: number;
}

/**
 * Whether a tenant's plan has room for another mail, at most a second old: a mail that came in or was processed counts within a second, on every gateway, and
 * Redis is asked once a second for a tenant, not for each check. What could not be counted is not asked again within that second either.
 */
export function createRooms({ count, patienceMs = PATIENCE_MS, monotonicMs = () => performance.now() }: RoomsConfig) {
  const copies = new Map<TenantId, Copy>();

  return (tenant: TenantId): Promise<Room> => {
    const held = copies.get(tenant);
    if (held !== undefined && monotonicMs() - held.atMs < HOLDS_MS) return held.room;
    const room = withinMs(patienceMs, count(tenant));
    // Whoever asks is told; without anybody it is no fault.
    room.catch(() => undefined);
    copies.delete(tenant);
    copies.set(tenant, { room, atMs: monotonicMs() });
    const oldest = copies.size > MOST_TENANTS ? copies.keys().next().value : undefined;
    if (oldest !== undefined) copies.delete(oldest);
    return room;
  };
}

async function withinMs<T>(ms: number, work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`not counted within ${ms} ms`)), ms);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
}
