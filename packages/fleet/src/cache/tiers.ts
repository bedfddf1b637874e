import { randomUUID } from 'node:crypto';
import { SluiceError } from '@sluice/contracts';
import { z } from 'zod';
import type { Redis } from '../redis/index.ts';
import { decode, encode } from './codec.ts';
import { createCopies } from './copies.ts';
import type { Entry } from './entry.ts';
import { askTicketKey, clockKey, entryKey, namespaceOf, NOTICES_CHANNEL, putTicketKey } from './keys.ts';
import { createMemory } from './memory.ts';
import { cacheErrors, unsharedAnswers } from './metrics.ts';
import { type Clock, type Forgotten, listen } from './notices.ts';
import { createCacheServer, within } from './server.ts';

/** Longer than any call is waited for: what comes later is not written. */
const TICKET_MS = 15 * 60_000;
/** A clock outlives the entries that it judges. */
const CLOCK_MARGIN_MS = 86_400_000;
/** Tags of a namespace whose last invalidation is remembered one by one. */
const MOST_MARKS = 10_000;

export interface TiersConfig {
  redis: Redis;
  memoryBytes: number;
  redisTimeoutMs: number;
  now: () => number;
}

export interface Held {
  entry: Entry;
  tier: 'memory' | 'redis';
}

export interface Looked {
  held?: Held;
  /** Where the clock of the namespace stood then; not known while the server is away, nor where memory answered. */
  clock?: Clock;
}

/** The right to write an answer that was asked for after this moment. */
export interface Ticket {
  key: string;
  kind: 'ask' | 'put';
  me: string;
  /** How much this process had heard of the namespace. */
  heard: number;
  /** Not known where the server was away: such an answer stays in this process. */
  at: Clock | undefined;
}

export interface Package {
  entry: Entry;
  tags: readonly string[];
  lifeMs: number;
  compressAboveBytes: number;
}

/** `overtaken`: something that the answer belongs to was forgotten meanwhile, or somebody newer brings one. `unshared`: the server was away. */
export type Fate = 'stored' | 'overtaken' | 'unshared';

export interface Written {
  fate: Fate;
  rawBytes: number;
  storedBytes: number;
}

export type Tiers = ReturnType<typeof createTiers>;

/**
 * Copies in memory and entries in Redis. What is forgotten reaches the copies of all processes by a notice, and no answer that was asked for before
 * is written or kept afterwards. A server that is away looks empty and costs a caller at most `redisTimeoutMs`; copies are then trusted
 * for `blindMs`, from when the server was last heard or from when they were brought.
 *
 * The clock of a namespace counts what was forgotten ({@link ./lua/clock.lua}). Its numbers are without gap and come in order, so a process knows
 * after a lost connection whether it missed one.
 */
export function createTiers({ redis, memoryBytes, redisTimeoutMs, now }: TiersConfig) {
  const server = createCacheServer({ redis, timeoutMs: redisTimeoutMs });
  const copies = createCopies(memoryBytes);
  const notices = listen({
    redis,
    onNotice: copies.hear,
    async verify() {
      const names = copies.memory.namespaces();
      const clocks = await server.clocks(names.map(clockKey));
      names.forEach((name, at) => copies.confirm(name, clockOf(clocks[at] ?? [])));
    },
  });
  const firstContact = within(redisTimeoutMs, notices.opened).catch(() => undefined);

  async function readServer(key: string, fallback: Held | undefined): Promise<Looked> {
    await firstContact;
    const namespace = namespaceOf(key);
    const heard = copies.heard(namespace);
    const reply = await server.tryToRun('get', 'read', [entryKey(key), clockKey(namespace)], []);
    const clock = clockOf(reply ?? []);
    if (clock !== undefined) copies.see(namespace, clock);
    const found = reply === undefined ? undefined : await unpack(reply[2]);
    if (found !== undefined) copies.keep(key, found.text, found.tags, heard);
    const held: Held | undefined = found === undefined ? fallback : { entry: found.entry, tier: 'redis' };
    return { ...(held === undefined ? {} : { held }), ...(clock === undefined ? {} : { clock }) };
  }

  async function forget(what: Forgotten): Promise<void> {
    const { script, keys, more } = forgetting(what);
    const args = [randomUUID(), CLOCK_MARGIN_MS, NOTICES_CHANNEL, JSON.stringify(what), ...more];
    try {
      await server.run('delete', script, keys, args);
    } catch (cause) {
      throw new SluiceError('cache-unreachable', 'The cache cannot be reached.', { disposition: 'retry', cause });
    } finally {
      copies.forget(what);
    }
  }

  return {
    async read(key: string, blindMs: number): Promise<Looked> {
      const copy = copies.read(key, notices.heardAtMs(), blindMs);
      const held: Held | undefined = copy && { entry: copy, tier: 'memory' };
      return held !== undefined && now() < held.entry.freshUntilMs ? { held } : readServer(key, held);
    },

    async begin(key: string, kind: Ticket['kind']): Promise<Ticket> {
      await firstContact;
      const namespace = namespaceOf(key);
      const [me, heard] = [randomUUID(), copies.heard(namespace)];
      const ticketKey = kind === 'ask' ? askTicketKey(key) : putTicketKey(key);
      const args = [me, randomUUID(), TICKET_MS, TICKET_MS + CLOCK_MARGIN_MS];
      const reply = await server.tryToRun('set', 'begin', [ticketKey, clockKey(namespace)], args);
      const at = clockOf(reply ?? []);
      if (at !== undefined) copies.see(namespace, at);
      return { key, kind, me, heard, at };
    },

    async write({ key, kind, me, heard, at }: Ticket, answer: Package): Promise<Written> {
      const written = { fate: 'unshared' as Fate, rawBytes: 0, storedBytes: 0 };
      if (at !== undefined) {
        const { bytes, rawBytes } = await encode(answer.entry, answer.compressAboveBytes);
        const tickets = [askTicketKey(key), putTicketKey(key)];
        const [mine, other] = kind === 'ask' ? tickets : tickets.toReversed();
        const keys = [entryKey(key), mine ?? '', other ?? '', clockKey(namespaceOf(key))];
        const notice = kind === 'put' ? JSON.stringify({ namespace: namespaceOf(key), key }) : '';
        const lives = [answer.lifeMs, answer.lifeMs + CLOCK_MARGIN_MS];
        const told = [notice === '' ? '' : NOTICES_CHANNEL, notice];
        const args = [me, at.epoch, at.n, answer.tags.join(' '), bytes, ...lives, ...told];
        const reply = await server.tryToRun('set', 'write', keys, args);
        if (reply?.[0] === 0) return { ...written, fate: 'overtaken' };
        if (reply !== undefined) Object.assign(written, { fate: 'stored', rawBytes, storedBytes: bytes.byteLength });
      }
      if (written.fate === 'unshared') unsharedAnswers.inc({ namespace: namespaceOf(key) });
      copies.keep(key, JSON.stringify(answer.entry), answer.tags, heard);
      return written;
    },

    /** Throws `cache-unreachable` where the shared tier may still hold what is to be forgotten. */
    forget,
    memory: copies.memory,
    info: (): Promise<string | undefined> => server.info(),
    isUp: (): boolean => server.isUp() && notices.isUp(),
    async stop(): Promise<void> {
      notices.stop();
      server.stop();
    },
  };
}

/** Nothing is kept and nothing is found: `CACHE_ENABLED=false`. */
export function createNoTiers(): Tiers {
  return {
    read: async () => ({}),
    begin: async (key, kind) => ({ key, kind, me: '', heard: 0, at: undefined }),
    write: async () => ({ fate: 'unshared', rawBytes: 0, storedBytes: 0 }),
    forget: async () => undefined,
    memory: createMemory(0, () => undefined),
    info: async () => undefined,
    isUp: () => true,
    stop: async () => undefined,
  };
}

function forgetting(what: Forgotten): {
  script: 'forget' | 'forget-tag' | 'forget-all';
  keys: string[];
  more: (string | number)[];
} {
  const clock = clockKey(what.namespace);
  if ('key' in what) {
    const keys = [entryKey(what.key), askTicketKey(what.key), putTicketKey(what.key), clock];
    return { script: 'forget', keys, more: [] };
  }
  if ('tag' in what) return { script: 'forget-tag', keys: [clock], more: [what.tag, MOST_MARKS] };
  return { script: 'forget-all', keys: [clock], more: [] };
}

/** Epoch and n as Redis tells them, in texts or buffers. */
function clockOf([epoch, n]: unknown[]): Clock | undefined {
  return epoch === null || epoch === undefined ? undefined : { epoch: textOf(epoch), n: Number(textOf(n)) };
}

function textOf(reply: unknown): string {
  return Buffer.isBuffer(reply) ? reply.toString() : z.string().parse(reply);
}

/** Nothing where Redis holds no entry, or something that is none. */
async function unpack(held: unknown): Promise<{ entry: Entry; text: string; tags: string[] } | undefined> {
  if (!Buffer.isBuffer(held)) return undefined;
  const end = held.indexOf('\n');
  const [, , ...tags] = held.subarray(0, end).toString().split(' ');
  try {
    return { ...(await decode(held.subarray(end + 1))), tags: tags.filter((tag) => tag !== '') };
  } catch {
    cacheErrors.inc({ operation: 'malformed' });
    return undefined;
  }
}
