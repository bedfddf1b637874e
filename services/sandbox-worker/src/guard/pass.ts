import { randomBytes } from 'node:crypto';
import type { GuardDecision } from '@sluice/contracts';
import { createGuard, type Guard, type GuardError, type GuardPolicy } from '@sluice/fleet/guard';

/** So many refused places are remembered. */
const REFUSALS = 1000;

/** What one pass may use up. `bytes` counts both directions, headers of tunnelled protocols included. */
export type PassLimits = { bytes: number; passMs: number; connectMs: number; openConnections: number };

/** Why a pass ended before it was closed. */
type PassCut = 'time' | 'bytes';

/** Why the proxy did not connect to a place, or gave it up. `connected`: there was a connection, but no answer came over it. */
export type Refusal = { reason: GuardError['code'] | 'time'; message: string; connected: boolean };

/** One visit's leave to use the proxy. `close` ends its connections and its leave; it may be called twice. */
export type Pass = {
  username: string;
  password: string;
  /** Every decision so far; complete, also after `close`. */
  decisions(): GuardDecision[];
  /** Judges a place ahead of the connection to it, as `Guard.check`. */
  check: Guard['check'];
  /** The last refusal of a place; none where the last try went well. */
  refusal(host: string, port: number): Refusal | undefined;
  cut(): PassCut | null;
  bytes(): number;
  close(): void;
};

/** What the proxy sees of a pass. `signal` aborts when the pass ends for whatever reason. */
export type OpenPass = {
  guard: Guard;
  signal: AbortSignal;
  connectMs: number;
  /** Notes why there was no answer from a place, or with null that there was one. */
  note(target: { host: string; port: number }, refusal: Refusal | null): void;
  /** Counts bytes; past the limit the pass ends. */
  spend(bytes: number): void;
  /** Takes one of the connections that may be open at once; false when there is none. The release is called once. */
  enter(): (() => void) | null;
};

export type Passes = {
  admit(): Pass;
  /** The pass for a Proxy-Authorization header, null when it is missing, unknown or over. */
  find(authorization: string | undefined): OpenPass | null;
  closeAll(): void;
};

/** The passes of a proxy: 128 random bits each, so that one visit can neither guess nor use another's. */
export function createPasses(policy: GuardPolicy, limits: PassLimits): Passes {
  const open = new Map<string, { inner: OpenPass; close(): void }>();
  return {
    admit() {
      const username = 'visit';
      const password = randomBytes(16).toString('base64url');
      const key = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
      const { inner, facts, end } = createPass(policy, limits);
      const close = () => {
        open.delete(key);
        end();
      };
      open.set(key, { inner, close });
      return { username, password, ...facts, close };
    },
    find(authorization) {
      const pass = open.get(authorization ?? '')?.inner;
      return pass && !pass.signal.aborted ? pass : null;
    },
    closeAll() {
      for (const pass of open.values()) pass.close();
    },
  };
}

function createPass(policy: GuardPolicy, limits: PassLimits) {
  const guard = createGuard(policy);
  const ending = new AbortController();
  let cut: PassCut | null = null;
  const refusals = new Map<string, Refusal>();
  let bytes = 0;
  let entered = 0;
  const end = (why: PassCut | null = null) => {
    clearTimeout(timer);
    if (!ending.signal.aborted) cut = why;
    ending.abort();
  };
  const timer = setTimeout(() => end('time'), limits.passMs);
  timer.unref();
  const inner: OpenPass = {
    guard,
    signal: ending.signal,
    connectMs: limits.connectMs,
    note({ host, port }, refusal) {
      refusals.delete(`${host} ${port}`);
      if (refusal && refusals.size < REFUSALS) refusals.set(`${host} ${port}`, refusal);
    },
    spend(count) {
      bytes += count;
      if (bytes > limits.bytes) end('bytes');
    },
    enter() {
      if (entered >= limits.openConnections) return null;
      entered++;
      return () => entered--;
    },
  };
  const facts = {
    decisions: guard.decisions,
    check: guard.check,
    refusal: (host: string, port: number) => refusals.get(`${host} ${port}`),
    cut: () => cut,
    bytes: () => bytes,
  };
  return { inner, end, facts };
}
