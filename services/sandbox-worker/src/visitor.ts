import type { VisitFacts } from '@sluice/contracts';
import type { GuardPolicy } from '@sluice/fleet/guard';
import { exemplarLabels, type Logger } from '@sluice/fleet/service';
import type { FoundBrowser } from './browser/find-browser.ts';
import type { RunningBrowser } from './browser/launch.ts';
import type { BrowserLimits } from './browser/limits.ts';
import type { Sighting } from './browser/visit.ts';
import { BrowserMissing, type BrowserVisitor, createBrowserVisitor } from './browser/visitor.ts';
import { browserUp, guardRefusals, visitSeconds, visitsDone } from './metrics.ts';
import type { VisitLimits } from './visit/limits.ts';
import { createVisitor } from './visit/visit.ts';

/** A browser that could not be started is tried again after this time. */
const REST_MS = 5 * 60_000;

type AnyVisitorOptions = GuardPolicy & {
  browser: FoundBrowser;
  searchPath: string;
  log: Logger;
  limits?: { browser?: Partial<BrowserLimits>; http?: Partial<VisitLimits> };
  /** Pages open at once in the browser. */
  pages?: number;
  onStart?: (running: RunningBrowser) => void;
  /** Milliseconds of any clock that never goes back. */
  now?: () => number;
};

/** Visits with the best means at hand. */
export type AnyVisitor = {
  /** As `BrowserVisitor.visit`; where no browser can be had, a plain HTTP client visits, and the facts say `by: 'http'`. */
  visit(url: string, signal: AbortSignal): Promise<Sighting>;
  stop(): Promise<void>;
};

/** A visitor that prefers the browser. Why it has none is said once in the log, and all the time by `sluice_sandbox_browser_up`. */
export function createAnyVisitor(options: AnyVisitorOptions): AnyVisitor {
  const { lookup, allow, browser, searchPath, log, limits = {}, pages = 3, now = () => performance.now() } = options;
  const plain = createVisitor({ lookup, allow, ...(limits.http ? { limits: limits.http } : {}) });
  const real = browser.path === null ? null : openBrowser(browser.path);
  let restUntilMs = Number.NEGATIVE_INFINITY;

  function openBrowser(program: string): BrowserVisitor {
    const { onStart } = options;
    const given = { ...(limits.browser ? { limits: limits.browser } : {}), ...(onStart ? { onStart } : {}) };
    return createBrowserVisitor({ lookup, allow, program, searchPath, pages, ...given });
  }

  async function byBrowser(url: string, signal: AbortSignal): Promise<Sighting | null> {
    if (!real || now() < restUntilMs) return null;
    try {
      const sighting = await real.visit(url, signal);
      browserUp.set(1);
      return sighting;
    } catch (error) {
      if (!(error instanceof BrowserMissing)) throw error;
      restUntilMs = now() + REST_MS;
      browserUp.set(0);
      log.warn('the browser cannot be started: visits are made without one for a while', { error });
      return null;
    }
  }

  if (browser.path === null) log.warn('no browser: visits are made without one', { why: browser.why });
  browserUp.set(real ? 1 : 0);
  return {
    async visit(url, signal) {
      const startMs = now();
      const sighting = (await byBrowser(url, signal)) ?? { facts: await plain.visit(url, signal), screenshot: null };
      count(sighting.facts, (now() - startMs) / 1000);
      return sighting;
    },
    async stop() {
      await Promise.all([real?.stop(), plain.stop()]);
    },
  };
}

function count(facts: VisitFacts, seconds: number): void {
  const { by, landing, download, cuts, guard } = facts;
  const outcome = landing ? 'landed' : download ? 'download' : (cuts.at(-1)?.reason ?? 'none');
  visitsDone.inc({ by, outcome });
  visitSeconds.observe({ labels: { by }, value: seconds, exemplarLabels: exemplarLabels() });
  for (const { allowed, why } of guard) if (!allowed) guardRefusals.inc({ why });
}
