import type { GuardPolicy } from '@sluice/fleet/guard';
import { createGuardProxy } from '../guard/proxy.ts';
import { createPageReader } from '../visit/page-reader.ts';
import { createBrowserKeeper } from './keeper.ts';
import { launchBrowser, type RunningBrowser } from './launch.ts';
import { BROWSER_LIMITS, type BrowserLimits } from './limits.ts';
import { type Sighting, visitByBrowser, visitWithoutPage } from './visit.ts';

/** A browser is ended and started anew after so many visits. */
const VISITS_A_BROWSER = 200;
/** A pass outlives its visit's own time by no more than this. */
const PASS_MARGIN_MS = 30_000;

type BrowserVisitorOptions = GuardPolicy & {
  /** The browser's program. */
  program: string;
  /** Where programs are looked for. */
  searchPath: string;
  limits?: Partial<BrowserLimits>;
  /** Visits at once. */
  pages?: number;
  visitsABrowser?: number;
  /** Told of every browser that has started. */
  onStart?: (running: RunningBrowser) => void;
};

/** The browser could not be started: nothing was asked for. */
export class BrowserMissing extends Error {}

export type BrowserVisitor = {
  /**
   * Follows a URL in a real browser. Whatever the other side does is a fact. Rejects with the signal's reason, `BrowserMissing`, or
   * `browser-gone` (retry). Visits share nothing but the browser's process.
   */
  visit(url: string, signal: AbortSignal): Promise<Sighting>;
  /** Ends the browser with all its processes; abort running visits first. May be called twice. */
  stop(): Promise<void>;
};

/** A visitor with one browser, all of whose connections go through one guarding proxy. Nothing is started before the first visit. */
export function createBrowserVisitor(options: BrowserVisitorOptions): BrowserVisitor {
  const { lookup, allow, program, searchPath, onStart, pages = 3, visitsABrowser = VISITS_A_BROWSER } = options;
  const limits = { ...BROWSER_LIMITS, ...options.limits };
  const policy = { lookup, allow };
  const reader = createPageReader(limits);
  const passMs = limits.visitMs + PASS_MARGIN_MS;
  const door = createGuardProxy({ ...policy, limits: { bytes: limits.bytes, passMs, connectMs: limits.hopMs } });
  const proxy = once(() => door.start());
  const keeper = createBrowserKeeper({
    pages,
    visits: visitsABrowser,
    async launch() {
      const { url } = await proxy();
      const running = await launchBrowser({ program, searchPath, proxyUrl: url }).catch((cause: unknown) => {
        throw new BrowserMissing('the browser cannot be started', { cause });
      });
      onStart?.(running);
      return running;
    },
  });
  return {
    async visit(url, signal) {
      signal.throwIfAborted();
      const seen = await visitWithoutPage(url, { policy, limits, signal });
      if (seen) return seen;
      const lease = await keeper.lease(signal);
      return visitByBrowser(url, lease, { limits, pages: reader, proxy: { door, url: (await proxy()).url }, signal });
    },
    async stop() {
      await keeper.stop();
      await Promise.all([door.stop(), reader.stop()]);
    },
  };
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => (result ??= work());
}
