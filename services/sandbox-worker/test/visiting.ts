import { afterEach, beforeEach, expect } from '@jest/globals';
import { VisitFacts } from '@sluice/contracts';
import { type Lookup, parseAllowList } from '@sluice/fleet/guard';
import type { VisitLimits } from '../src/visit/limits.ts';
import { createVisitor } from '../src/visit/visit.ts';
import { type LoopbackServer, startTrap } from './site.ts';

type Setup = { limits?: Partial<VisitLimits>; lookup?: Lookup; signal?: AbortSignal };

/** What every visiting test has: servers that are closed after it, and a trap that nothing may have touched. */
export function visiting() {
  const servers: LoopbackServer[] = [];
  let trap: LoopbackServer;
  beforeEach(async () => {
    trap = await startTrap();
  });
  afterEach(async () => {
    expect(trap.connections()).toBe(0);
    await Promise.all([trap, ...servers.splice(0)].map((server) => server.stop()));
  });
  return {
    trap: () => trap,
    async serve(starting: Promise<LoopbackServer>): Promise<LoopbackServer> {
      const server = await starting;
      servers.push(server);
      return server;
    },
    /** Visits with exactly the served ports allowed, and shows by the guard's log that nothing else was connected to. */
    async visit(url: string, { limits = {}, lookup = noNames, signal }: Setup = {}): Promise<VisitFacts> {
      const { allow, faults } = parseAllowList(servers.map((server) => `127.0.0.1:${server.port}`).join(','));
      expect(faults).toEqual([]);
      // A page has more time than it needs: a busy machine must not change what a test sees.
      const visitor = createVisitor({ lookup, allow, limits: { pageMs: 20_000, ...limits } });
      try {
        const facts = VisitFacts.parse(await visitor.visit(url, signal ?? new AbortController().signal));
        expectOnly(servers, facts);
        return facts;
      } finally {
        await visitor.stop();
      }
    },
  };
}

export const noNames: Lookup = async () => [];

/** Everything that the guard let through is one of the served ports. */
function expectOnly(servers: readonly LoopbackServer[], facts: VisitFacts): void {
  const ports = servers.map((server) => server.port);
  for (const decision of facts.guard.filter(({ allowed }) => allowed)) {
    expect(decision).toMatchObject({ address: '127.0.0.1', why: 'allow-listed' });
    expect(ports).toContain(decision.port);
  }
  expect(facts.guard.filter(({ allowed }) => allowed).length).toBeGreaterThanOrEqual(facts.chain.length);
}
