import { randomBytes } from 'node:crypto';
import { SluiceError } from '@sluice/contracts';
import { z } from 'zod';
import { loadScript, type Redis } from '../../redis/index.ts';
import { isShare } from '../book.ts';
import type { Quotas } from '../quotas.ts';
import type { Lease } from '../types.ts';
import { type DismissConfig, dismissLine } from './dismiss.ts';
import { createGranter, type Granter } from './granter.ts';
import { LINE_CHANNEL, lineStem } from './keys.ts';
import { PRIORITIES, type Question, type Ticket, type Waiting } from './types.ts';
import { type WaitingReply, waitingOf } from './waiting.ts';

const LINE_LUA = new URL('./lua/', import.meta.url);
const scripts = {
  park: loadScript(LINE_LUA, 'park', 1),
  leave: loadScript(LINE_LUA, 'leave', 1),
  redeem: loadScript(LINE_LUA, 'redeem', 1),
  waiting: loadScript(LINE_LUA, 'waiting', 1),
};
const TOKEN_BYTES = 4_096;
/** A question's hash holds its own dozen fields and one for each who asks it. */
const MOST_FIELDS = 1_000;

const Wake = z.object({ quota: z.string(), holder: z.string(), ttl: z.number() });

export interface LineConfig {
  /** The queue's server; the one that `quotas` counts on. */
  redis: Redis;
  quotas: Quotas;
  /** Name of this process, for people. */
  process: string;
  /**
   * A slot is reserved: whoever asked is to come and {@link Line.redeem} it. At least once for each token, by the granting process, also where somebody else has
   * redeemed the slot meanwhile; again after one that threw, after the death of the granter, and for the tokens that it gives back: they could not be told yet.
   */
  onGranted: (ticket: Ticket) => Promise<readonly string[] | void>;
  onError: (error: unknown) => void;
  /** How long a slot stays reserved; 30 s where nothing is said. */
  reservationMs?: number;
  /** What the death of a granter costs; 10 s where nothing is said. */
  granterLeaseMs?: number;
}

export type Line = ReturnType<typeof createLine>;

const LOOK_AGAIN_MS = 30_000;

/**
 * Questions that wait for a slot of their quota, outside the slots of workers (DESIGN §4). Order: priority class; between tenants of a class by start-time
 * fair queueing (Goyal, Vin, Cheng 1996: the share of a tenant that does not wait is lent, one that comes back does not get what is past); of a tenant's what
 * decides most; then the oldest. Nothing polls: the one granter of a quota sleeps until its next free slot, or until somebody parks in an empty line.
 */
export function createLine(config: LineConfig) {
  const { redis, quotas, onGranted, onError, reservationMs = 30_000, granterLeaseMs = 10_000 } = config;
  const me = `${config.process}#${randomBytes(6).toString('base64url')}`;
  const granters = new Map<string, Granter>();
  let subscriber: Redis | undefined;
  let timer: NodeJS.Timeout | undefined;

  /** Made with the first word of a quota: some come to be known while the fleet runs. */
  function granterOf(name: string): Granter {
    const known = granters.get(name);
    if (known !== undefined) return known;
    const made = createGranter({
      redis,
      book: quotas.book(name),
      me,
      leaseMs: granterLeaseMs,
      reservationMs,
      repeatMs: Math.max(reservationMs / 6, 500),
      onGranted: async (ticket) => (await onGranted(ticket)) ?? [],
      onError,
    });
    granters.set(name, made);
    return made;
  }

  const pokeAll = () => quotas.names.forEach((name) => granterOf(name).poke());

  async function leave(quota: string, id: string, ...tokens: string[]): Promise<boolean> {
    return (await scripts.leave(redis, [lineStem(quota)], [quota, id, ...tokens])) === 1;
  }

  function onMessage(text: string): void {
    const wake = Wake.safeParse(JSON.parse(text));
    if (!wake.success) return;
    if (!quotas.has(wake.data.quota) || subscriber === undefined) return;
    const granter = granterOf(wake.data.quota);
    if (wake.data.holder === '' || wake.data.holder === me) granter.poke();
    else granter.pokeIn(wake.data.ttl + 1);
  }

  return {
    /**
     * Parks a question, or joins those who asked it already. `granted`: a slot is reserved for it, which the caller is to redeem; it is told of nothing later.
     * Throws `quota-unknown`, `quota-units`, RangeError for what is out of bounds, and `line-full` (`retry`) where too many ask the same.
     */
    async park(question: Question): Promise<'parked' | 'joined' | 'granted'> {
      const { quota, id, tenant, priority, decides, units = 1, timeoutMs, token, weight = 1, share } = question;
      const book = quotas.book(quota);
      book.admit({ units, timeoutMs });
      requireQuestion(question);
      const clock = book.counters.atMs();
      const place = PRIORITIES.indexOf(priority) + 1;
      const about = [quota, id, tenant, place, decides, units, Math.ceil(timeoutMs), weight, token];
      const args = [clock, ...about, MOST_FIELDS, isShare(share) ? share : ''];
      const answer = (await scripts.park(redis, [lineStem(quota)], args)) as 'parked' | 'joined' | 'granted' | 'full';
      if (answer !== 'full') return answer;
      throw new SluiceError('line-full', 'Too many wait for this answer already.', { disposition: 'retry' });
    },

    /**
     * True where the question has left the line: nobody else asks it. Without tokens everybody gives it up. A slot that is reserved for it is given back at once,
     * unless somebody was told of it, who may be on the way.
     */
    leave,

    /** The reserved slot of a granted question, once; null where there is none (any more). Its time limit begins now. */
    async redeem(quota: string, id: string): Promise<Lease | null> {
      const startMs = performance.now();
      const clock = quotas.book(quota).counters.atMs();
      const held = (await scripts.redeem(redis, [lineStem(quota)], [clock, id])) as (string | null)[] | null;
      if (held === null) return null;
      const [lease, units, taken, timeoutMs, share, tenant] = held;
      const deadlineMs = startMs + Number(timeoutMs);
      const sharer = share === null || share === undefined ? {} : { sharer: tenant ?? '' };
      return { id: lease ?? '', quota, units: Number(units), takenMs: Number(taken), deadlineMs, ...sharer };
    },

    async waiting(quota: string): Promise<Waiting> {
      const clock = quotas.book(quota).counters.atMs();
      const reply = (await scripts.waiting(redis, [lineStem(quota)], [clock])) as WaitingReply;
      return waitingOf(reply, await quotas.state(quota));
    },

    /**
     * Empties the line: `tell` hears the tokens of all who ask a question, and those that it does not give back leave. What it gives back is told with the next call,
     * and so is who parks meanwhile. Several processes may do so at once; a token may be told twice.
     */
    dismiss: (quota: string, tell: DismissConfig['tell']): Promise<void> => dismissLine({ redis, quota, tell, leave }),

    /** To be called when quotas were changed or have come to be known: their granters look again, in all processes. */
    async look(...names: string[]): Promise<void> {
      const words = names.map((quota) => JSON.stringify({ v: 1, quota, holder: '', ttl: 0 }));
      await Promise.all(words.map((word) => redis.publish(LINE_CHANNEL, word)));
    },

    /** Resolves when this process hears of what is parked. */
    async start(): Promise<void> {
      const own = redis.duplicate();
      subscriber = own;
      own.on('error', onError);
      own.on('message', (_channel: string, text: string) => onMessage(text));
      await own.subscribe(LINE_CHANNEL);
      // What was said while the connection was away was not heard.
      own.on('ready', pokeAll);
      // A Cluster's subscriber changes its server without a word.
      timer = setInterval(pokeAll, LOOK_AGAIN_MS);
      pokeAll();
    },

    /** Resolves when nothing runs any more; another process grants on at once. Safe to call twice. */
    async stop(): Promise<void> {
      clearInterval(timer);
      subscriber?.disconnect();
      subscriber = undefined;
      await Promise.all([...granters.values()].map((granter) => granter.stop()));
    },
  };
}

function requireQuestion({ id, tenant, priority, decides, token, weight = 1, share = 1 }: Question): void {
  const faults = [
    id === '' || id.length > 512 ? 'the id is empty or longer than 512 characters' : '',
    tenant.length > 256 ? 'the tenant is longer than 256 characters' : '',
    PRIORITIES.includes(priority) ? '' : 'the priority is none',
    Number.isInteger(decides) && decides >= 0 && decides <= 1_000 ? '' : 'what it decides is not from 0 to 1,000',
    Buffer.byteLength(token) > TOKEN_BYTES ? `the token is longer than ${TOKEN_BYTES} bytes` : '',
    share > 0 && share <= 1 ? '' : 'the share is not above 0 and at most 1',
    weight > 0 && weight <= 1_000 ? '' : 'the weight is not above 0 and at most 1,000',
  ].filter((fault) => fault !== '');
  if (faults.length > 0) throw new RangeError(`a question cannot be parked: ${faults.join('; ')}`);
}
