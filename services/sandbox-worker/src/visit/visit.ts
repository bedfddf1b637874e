import type { Cut, CutReason, VisitFacts } from '@sluice/contracts';
import { createGuard, type GuardPolicy } from '@sluice/fleet/guard';
import { type HopResult, takeHop } from './hop.ts';
import { VISIT_LIMITS, type VisitLimits } from './limits.ts';
import { type Page, type PageRedirect, readPlain } from './page.ts';
import { createPageReader, type PageReader } from './page-reader.ts';
import { refreshTarget } from './refresh.ts';
import { requestableUrl, requestKey } from './target.ts';

export type VisitorOptions = GuardPolicy & { limits?: Partial<VisitLimits> };

/** Visits URLs without a browser. */
export type Visitor = {
  /**
   * Follows a URL to where it leads and tells what was seen; whatever the other side does is a fact, not an error.
   * Rejects only with the signal's reason. Visits share nothing: no cookies, no connections, no answers of the resolver.
   */
  visit(url: string, signal: AbortSignal): Promise<VisitFacts>;
  /** Ends the threads that read pages; abort running visits first. May be called twice. */
  stop(): Promise<void>;
};

/** A visitor whose every connection goes through a guard of its own for each visit. */
export function createVisitor({ limits: given, ...policy }: VisitorOptions): Visitor {
  const limits = { ...VISIT_LIMITS, ...given };
  const pages = createPageReader(limits);
  return {
    stop: () => pages.stop(),
    async visit(url, signal) {
      signal.throwIfAborted();
      const startMs = performance.now();
      const guard = createGuard(policy);
      const deadline = AbortSignal.timeout(limits.visitMs);
      const walk = startWalk(url);
      try {
        await follow(walk, url, { guard, limits, pages, signal: AbortSignal.any([signal, deadline]) });
      } catch (error) {
        signal.throwIfAborted();
        if (!deadline.aborted) throw error;
        walk.cut('time', 'the visit took too long');
      }
      return { ...walk.facts, guard: guard.decisions(), tookMs: Math.round(performance.now() - startMs) };
    },
  };
}

type Means = { guard: ReturnType<typeof createGuard>; limits: VisitLimits; pages: PageReader; signal: AbortSignal };
type Walk = ReturnType<typeof startWalk>;

function startWalk(url: string) {
  const shown = url.slice(0, 8192);
  const facts: Omit<VisitFacts, 'guard' | 'tookMs'> = {
    v: 1,
    by: 'http',
    url: shown,
    finalUrl: shown,
    chain: [],
    landing: null,
    download: null,
    cuts: [],
    screenshot: null,
  };
  const cut = (reason: CutReason, message: string, at = facts.finalUrl) => {
    facts.cuts.push({ reason, url: at, message } satisfies Cut);
  };
  return { facts, cut, seen: new Set<string>() };
}

async function follow(walk: Walk, start: string, means: Means): Promise<void> {
  let url = requestableUrl(start);
  if (!url) walk.cut('bad-url', 'not a URL that can be visited');
  while (url) {
    walk.facts.finalUrl = url.href;
    walk.seen.add(requestKey(url));
    const result = await takeHop(url, means);
    if (result.hop) walk.facts.chain.push(result.hop);
    if (result.cut) walk.facts.cuts.push(result.cut);
    url = await next(walk, { url, result, means });
  }
}

/** Where to go from a hop; null when the chain ends there. What the hop showed is written down in any case. */
async function next(walk: Walk, at: { url: URL; result: HopResult; means: Means }): Promise<URL | null> {
  const { result, means } = at;
  if (!result.hop || !result.head) return null;
  const { page, redirect } = await lookAt(walk, at);
  if (page) walk.facts.landing = { url: at.url.href, contentType: result.contentType, ...page.facts };
  walk.facts.download = result.download;
  if (!redirect) return null;
  const target = resolveNext(walk, redirect);
  const isReload = target !== null && requestKey(target) === requestKey(at.url);
  if (isReload && redirect.kind !== 'http') return null;
  result.hop.kind = redirect.kind;
  const stop = target && stopReason(walk, target, means.limits);
  if (!target || !stop) return target;
  walk.cut(stop, STOPS[stop], target.href);
  if (stop === 'hop-limit') walk.facts.finalUrl = target.href;
  return null;
}

const STOPS = { 'hop-limit': 'more redirects than a visit follows', loop: 'the chain returns to where it was' };

function stopReason(walk: Walk, url: URL, limits: VisitLimits): keyof typeof STOPS | null {
  if (walk.seen.has(requestKey(url))) return 'loop';
  return walk.facts.chain.length > limits.hops ? 'hop-limit' : null;
}

function resolveNext(walk: Walk, redirect: PageRedirect): URL | null {
  const url = requestableUrl(redirect.raw, redirect.base);
  if (!url) walk.cut('bad-url', 'leads to no URL that can be visited', redirect.raw.slice(0, 2048));
  return url;
}

/** The page, if there is one to look at, and the strongest of its redirects. */
async function lookAt(
  walk: Walk,
  { url, result, means }: { url: URL; result: HopResult; means: Means },
): Promise<{ page: Page | null; redirect: PageRedirect | null }> {
  const base = url.href;
  if (result.location !== null) return { page: null, redirect: { kind: 'http', raw: result.location, base } };
  const page = await pageOf(walk, { url, result, means });
  const header = result.download
    ? null
    : refreshTarget(result.head?.header('refresh') ?? '', means.limits.refreshSeconds);
  return { page, redirect: header === null ? (page?.redirect ?? null) : { kind: 'refresh-header', raw: header, base } };
}

async function pageOf(
  walk: Walk,
  { url, result, means }: { url: URL; result: HopResult; means: Means },
): Promise<Page | null> {
  if (result.text === null || result.contentType.startsWith('image/')) return null;
  if (!/^$|html/.test(result.contentType)) return readPlain(result.text);
  const page = await means.pages.read(result.text, url.href, means.signal);
  if (!page) walk.cut('time', 'the page took too long to read');
  return page;
}
