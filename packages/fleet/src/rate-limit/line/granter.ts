import { loadScript, type Redis } from '../../redis/index.ts';
import { type Book, newLeaseId } from '../book.ts';
import type { Lease } from '../types.ts';
import { lineStem } from './keys.ts';
import type { Grant } from './types.ts';

const LINE_LUA = new URL('./lua/', import.meta.url);
const scripts = { delivered: loadScript(LINE_LUA, 'delivered', 1), resign: loadScript(LINE_LUA, 'resign', 1) };
/** More deliveries under way hold the granter back. */
const MOST_DELIVERIES = 64;
const PAUSE_AFTER_ERROR_MS = 1_000;

export interface GranterConfig {
  redis: Redis;
  book: Book;
  /** Of this process, unlike every other's. */
  me: string;
  leaseMs: number;
  reservationMs: number;
  repeatMs: number;
  onGranted: (grant: Grant) => Promise<void>;
  onError: (error: unknown) => void;
}

export type Granter = ReturnType<typeof createGranter>;

/**
 * Reserves slots of one quota for the head of its line, in the one process that holds the granter's lease. It sleeps until a slot is free, until it is poked,
 * or until its lease wants renewing.
 */
export function createGranter({
  redis,
  book,
  me,
  leaseMs,
  reservationMs,
  repeatMs,
  onGranted,
  onError,
}: GranterConfig) {
  const { counters } = book;
  const { name } = book.quota();
  const stem = lineStem(name);
  const deliveries = new Set<Promise<void>>();
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let isPoked = false;
  const stopping = new AbortController();

  /** One step; ms until the next is worthwhile, null where there is none before the next poke. */
  async function step(): Promise<number | null> {
    let lease = '';
    const reply = await counters.run(
      'grant',
      (epoch, { quota }) => {
        lease = newLeaseId();
        return [epoch, me, leaseMs, lease, reservationMs, repeatMs, quota.marginMs];
      },
      { more: [stem] },
    );
    const [, waitMs, , , , what, ...rest] = reply;
    if (what === 'idle') return null;
    if (what === 'held') return waitMs + 1;
    if (what === 'wait') return Math.min(waitMs, leaseMs / 3);
    deliver(grantOf(name, waitMs, rest));
    while (deliveries.size >= MOST_DELIVERIES) await Promise.race(deliveries);
    return 0;
  }

  function deliver(given: Grant): void {
    const delivery = handOver(given)
      .catch(onError)
      .finally(() => deliveries.delete(delivery));
    deliveries.add(delivery);
  }

  async function handOver({ ticket, lease }: Grant): Promise<void> {
    let repeat: number | '' = '';
    try {
      await onGranted({ ticket, lease });
    } catch (error) {
      repeat = PAUSE_AFTER_ERROR_MS;
      onError(error);
    }
    const due = await scripts.delivered(redis, [stem], [ticket.id, lease.id, repeat, ticket.tokens.length]);
    if (due === 1) poke();
  }

  async function run(): Promise<void> {
    let waitMs: number | null = 0;
    while (!stopping.signal.aborted && (waitMs === 0 || isPoked)) {
      isPoked = false;
      try {
        waitMs = await step();
      } catch (error) {
        onError(error);
        waitMs = PAUSE_AFTER_ERROR_MS;
      }
    }
    running = undefined;
    if (waitMs !== null) pokeIn(waitMs);
  }

  function poke(): void {
    clearTimeout(timer);
    isPoked = true;
    if (!stopping.signal.aborted) running ??= run();
  }

  function pokeIn(ms: number): void {
    clearTimeout(timer);
    if (!stopping.signal.aborted) timer = setTimeout(poke, Math.max(ms, 1));
  }

  return {
    poke,
    pokeIn,
    async stop(): Promise<void> {
      stopping.abort();
      clearTimeout(timer);
      await running;
      await Promise.all(deliveries);
      await scripts.resign(redis, [stem], [name, me]).catch(onError);
    },
  };
}

/** `flat` is id and then the fields of the question, in turn with their values. */
function grantOf(quota: string, leftMs: number, [id = '', ...flat]: string[]): Grant {
  const fields = new Map<string, string>();
  for (let index = 0; index + 1 < flat.length; index += 2) fields.set(flat[index] ?? '', flat[index + 1] ?? '');
  const tokens = [...fields.keys()].filter((field) => field.startsWith('t:')).map((field) => field.slice(2));
  const timeoutMs = Number(fields.get('timeout'));
  const lease: Lease = {
    id: fields.get('lease') ?? '',
    quota,
    units: Number(fields.get('units')),
    deadlineMs: performance.now() + timeoutMs,
    takenMs: Number(fields.get('taken')),
    ...(fields.has('share') ? { sharer: fields.get('tenant') ?? '' } : {}),
  };
  const reservedUntilMs = Date.now() + leftMs;
  return { ticket: { quota, id, tenant: fields.get('tenant') ?? '', tokens, reservedUntilMs }, lease };
}
