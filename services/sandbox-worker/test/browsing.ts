import { afterAll, afterEach, beforeEach, expect } from '@jest/globals';
import { VisitFacts } from '@sluice/contracts';
import { type Lookup, parseAllowList } from '@sluice/fleet/guard';
import { findBrowser } from '../src/browser/find-browser.ts';
import type { RunningBrowser } from '../src/browser/launch.ts';
import type { BrowserLimits } from '../src/browser/limits.ts';
import type { Sighting } from '../src/browser/visit.ts';
import { type BrowserVisitor, createBrowserVisitor } from '../src/browser/visitor.ts';
import { type LoopbackServer, startTrap } from './site.ts';
import { noNames } from './visiting.ts';

type Setup = { limits?: Partial<BrowserLimits>; lookup?: Lookup; signal?: AbortSignal };

/** A page rests sooner than in life; everything else has more time than it needs: a busy machine must not change what a test sees. */
const PATIENT: Partial<BrowserLimits> = {
  quietMs: 600,
  hopMs: 20_000,
  visitMs: 40_000,
  captureMs: 15_000,
  pageMs: 20_000,
};

/** What every test with a browser has: servers that are closed after it, a trap that nothing may have touched, and one browser for all. */
export function browsing() {
  const servers: LoopbackServer[] = [];
  const visitors: BrowserVisitor[] = [];
  const allow = new Set<string>();
  const started: RunningBrowser[] = [];
  let lookup: Lookup = noNames;
  let shared: BrowserVisitor | undefined;
  let trap: LoopbackServer;
  beforeEach(async () => {
    trap = await startTrap();
  });
  afterEach(async () => {
    expect(trap.connections()).toBe(0);
    await Promise.all([trap, ...servers.splice(0), ...visitors.splice(0)].map((each) => each.stop()));
  });
  afterAll(() => shared?.stop());

  const open = (limits: Partial<BrowserLimits> = {}, visitsABrowser = 1000) =>
    createBrowserVisitor({
      program: program(),
      searchPath: process.env.PATH ?? '',
      allow,
      lookup: (host) => lookup(host),
      limits: { ...PATIENT, ...limits },
      visitsABrowser,
      onStart: (running) => started.push(running),
    });

  /** Permits exactly the ports that are served now. */
  const permit = () => {
    const listed = parseAllowList(servers.map((server) => `127.0.0.1:${server.port}`).join(','));
    expect(listed.faults).toEqual([]);
    allow.clear();
    for (const key of listed.allow) allow.add(key);
    return allow;
  };

  const look = async (url: string, { limits, lookup: names = noNames, signal }: Setup = {}): Promise<Sighting> => {
    permit();
    lookup = names;
    const visitor = limits ? open(limits) : (shared ??= open());
    if (limits) visitors.push(visitor);
    const { facts, screenshot } = await visitor.visit(url, signal ?? new AbortController().signal);
    expectOnly(servers, facts);
    return { facts: VisitFacts.parse(facts), screenshot };
  };
  return {
    trap: () => trap,
    started,
    permit,
    open(limits: Partial<BrowserLimits> = {}, visitsABrowser = 1000): BrowserVisitor {
      const visitor = open(limits, visitsABrowser);
      visitors.push(visitor);
      return visitor;
    },
    async serve(starting: Promise<LoopbackServer>): Promise<LoopbackServer> {
      const server = await starting;
      servers.push(server);
      return server;
    },
    look,
    /** Visits with exactly the served ports allowed, and shows by the guard's log that nothing else was connected to. */
    visit: async (url: string, setup: Setup = {}): Promise<VisitFacts> => (await look(url, setup)).facts,
  };
}

/** The browser that is tested with. */
export function program(): string {
  const found = findBrowser(process.env.SANDBOX_BROWSER, process.env.PATH ?? '');
  if (found.path === null) throw new Error(`these tests need Chromium: ${found.why}`);
  return found.path;
}

/** Everything that the guard let through is one of the served ports, and no hop came from anywhere else. */
function expectOnly(servers: readonly LoopbackServer[], facts: VisitFacts): void {
  const ports = servers.map((server) => server.port);
  for (const decision of facts.guard.filter(({ allowed }) => allowed)) {
    expect(decision).toMatchObject({ address: '127.0.0.1', why: 'allow-listed' });
    expect(ports).toContain(decision.port);
  }
  for (const hop of facts.chain) expect(ports).toContain(hop.port);
}
