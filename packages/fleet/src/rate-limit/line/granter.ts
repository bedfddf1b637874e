import { loadScript, type Redis, type ScriptArgument } from '../../redis/index.ts';
import { type Book, newLeaseId } from '../book.ts';
import { lineStem } from './keys.ts';
import type { Ticket } from './types.ts';

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
  /** Gives back those of the tokens that are to be told again. */
  onGranted: (ticket: Ticket) => Promise<readonly string[]>;
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
  const deliveries = createDeliveries({ redis, stem, atMs: counters.atMs, onGranted, onError, onUntold: () => poke() });
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let isPoked = false;
  const stopping = new AbortController();

  /** One step; ms until the next is worthwhile, null where there is none before the next poke. */
  async function step(): Promise<number | null> {
    const reply = await counters.run(
      'grant',
      (epoch, { quota }) => [epoch, me, leaseMs, newLeaseId(), reservationMs, repeatMs, quota.marginMs],
      { more: [stem] },
    );
    const [, waitMs, , , , what, ...rest] = reply;
    if (what === 'idle') return null;
    if (what === 'held') return waitMs + 1;
    if (what === 'wait') return Math.min(waitMs, leaseMs / 3);
    const [id = '', tenant = '', ...tokens] = rest;
    await deliveries.add({ quota: name, id, tenant, tokens, reservedUntilMs: Date.now() + waitMs });
    return 0;
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
      await deliveries.ended();
      await scripts.resign(redis, [stem], [name, me]).catch(onError);
    },
  };
}

interface DeliveriesConfig extends Pick<GranterConfig, 'redis' | 'onGranted' | 'onError'> {
  stem: string;
  atMs: () => ScriptArgument;
  /** Somebody is to be told again. */
  onUntold: () => void;
}

/** Tells those who asked of their slots, many at a time. */
function createDeliveries({ redis, stem, atMs, onGranted, onError, onUntold }: DeliveriesConfig) {
  const running = new Set<Promise<void>>();

  async function deliver(ticket: Ticket): Promise<void> {
    const { id, tokens } = ticket;
    let told: string[] = [];
    let pauseMs = 0;
    try {
      const untold = new Set(await onGranted(ticket));
      told = tokens.filter((token) => !untold.has(token));
    } catch (error) {
      pauseMs = PAUSE_AFTER_ERROR_MS;
      onError(error);
    }
    const due = await scripts.delivered(redis, [stem], [atMs(), id, pauseMs, ...told]);
    if (due === 1) onUntold();
  }

  return {
    /** Resolves when there is room for another one. */
    async add(ticket: Ticket): Promise<void> {
      const delivery = deliver(ticket)
        .catch(onError)
        .finally(() => running.delete(delivery));
      running.add(delivery);
      while (running.size >= MOST_DELIVERIES) await Promise.race(running);
    },
    ended: async (): Promise<void> => void (await Promise.all(running)),
  };
}
