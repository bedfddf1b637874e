import { SluiceError, type VisitFacts } from '@sluice/contracts';
import { createGuard, GuardError, type GuardPolicy } from '@sluice/fleet/guard';
import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core';
import type { Pass } from '../guard/pass.ts';
import type { GuardProxy } from '../guard/proxy.ts';
import type { PageReader } from '../visit/page-reader.ts';
import { requestableUrl } from '../visit/target.ts';
import { within } from '../within.ts';
import { readShownPage, takeScreenshot } from './capture.ts';
import { createDownloads, type Downloads } from './downloads.ts';
import type { Lease } from './keeper.ts';
import type { BrowserLimits } from './limits.ts';
import { type Bell, createBell } from './bell.ts';
import { createQuiet, type Quiet } from './quiet.ts';
import { createTrail, type Trail } from './trail.ts';
import { type Watch, watchPage } from './watch.ts';

/** Opening and closing a page; a browser that takes longer is not used again. */
const OPEN_MS = 15_000;
const CLOSE_MS = 5_000;
/** Another window of a page has so long to turn out to be a download. */
const POPUP_MS = 1_000;
const CERTIFICATE_MS = 1_000;

/** What a visit learned, and the PNG of its landing page. */
export type Sighting = { facts: VisitFacts; screenshot: Uint8Array | null };

type Means = {
  limits: BrowserLimits;
  pages: PageReader;
  proxy: { door: GuardProxy; url: string };
  signal: AbortSignal;
};
type Open = { context: BrowserContext; page: Page; session: CDPSession };

const now = () => performance.now();

/**
 * A visit that needs no browser, because the first place is refused, has no address, or is no URL; null where the page must be opened.
 * Rejects only with the signal's reason.
 */
export async function visitWithoutPage(
  url: string,
  { policy, limits, signal }: { policy: GuardPolicy; limits: BrowserLimits; signal: AbortSignal },
): Promise<Sighting | null> {
  const startMs = now();
  const deadline = AbortSignal.timeout(limits.hopMs);
  const guard = createGuard(policy);
  const trail = createTrail(url, limits);
  const step = trail.ask({ requestId: '', url, method: 'GET', isRedirect: false });
  if (step) {
    try {
      await guard.check(step.target, AbortSignal.any([signal, deadline]));
      return null;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof GuardError) trail.refuse(step, error.code, error.message);
      else if (deadline.aborted) trail.cut('time', 'the hop took too long');
      else throw error;
    }
  }
  return { facts: { ...factsOf(url, trail), guard: guard.decisions(), tookMs: tookMs(startMs) }, screenshot: null };
}

/**
 * Opens a URL in a context of its own, whose only way out is a pass of its own, and follows it to where it leads. What the other side does is
 * a fact; rejects with the signal's reason, or with `browser-gone` (retry) when the browser ends or hangs meanwhile.
 */
export async function visitByBrowser(url: string, lease: Lease, means: Means): Promise<Sighting> {
  const { running } = lease;
  const ending = new AbortController();
  const signal = AbortSignal.any([means.signal, running.gone, ending.signal]);
  const pass = means.proxy.door.admit();
  let context: BrowserContext | undefined;
  try {
    const opened = await orEnd(openPage(running.browser, pass, means.proxy.url), signal, OPEN_MS);
    context = opened.context;
    return await orEnd(look(url, opened, { ...means, pass, signal }), signal);
  } catch (error) {
    means.signal.throwIfAborted();
    throw error instanceof SluiceError ? error : browserGone(error);
  } finally {
    ending.abort();
    pass.close();
    const isClosed = context !== undefined && (await within(CLOSE_MS, context.close()));
    lease.release(!isClosed);
  }
}

async function openPage(browser: Browser, pass: Pass, proxyUrl: string): Promise<Open> {
  const [major] = browser.version().split('.');
  const context = await browser.newContext({
    proxy: { server: proxyUrl, username: pass.username, password: pass.password, bypass: '<-loopback>' },
    userAgent: `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${major}.0.0.0 Safari/537.36`,
    locale: 'en-US',
    viewport: { width: 1280, height: 800 },
    ignoreHTTPSErrors: true,
    serviceWorkers: 'block',
    acceptDownloads: true,
    permissions: [],
  });
  const page = await context.newPage();
  return { context, page, session: await context.newCDPSession(page) };
}

type Look = Open & { trail: Trail; quiet: Quiet; watch: Watch; bell: Bell; downloads: Downloads; isCrashed(): boolean };

async function look(url: string, open: Open, means: Means & { pass: Pass }): Promise<Sighting> {
  const { limits, pass, signal } = means;
  const startMs = now();
  const trail = createTrail(url, limits);
  const quiet = createQuiet(limits, startMs);
  const bell = createBell();
  const watch = await watchPage({ session: open.session, trail, quiet, pass, signal, changed: bell.ring });
  const extras = watchExtras(open, { trail, quiet, limits, pass, changed: bell.ring });
  const looking: Look = { ...open, trail, quiet, watch, bell, ...extras };
  goTo(open.page, requestableUrl(url)?.href ?? url);
  await follow(looking, means, startMs + limits.visitMs);
  return conclude(url, looking, { ...means, startMs });
}

/** Until the page rests, or its time is over. */
async function follow(looking: Look, { limits, signal }: Means, endMs: number): Promise<void> {
  const { trail, quiet, watch, bell } = looking;
  while (!looking.isCrashed()) {
    const due = quiet.due(now());
    const leftMs = Math.min(due.atMs, endMs) - now();
    if (leftMs > 0) {
      await bell.wait(leftMs, signal);
      continue;
    }
    if (now() >= endMs) return trail.cut('time', 'the visit took too long');
    if (due.isLate) return trail.cut('time', 'the hop took too long');
    const pending = watch.pending();
    if (!pending || trail.isAt(pending.url) || pending.delayMs > limits.refreshSeconds * 1000) return;
    trail.announce(pending.url, pending.kind);
    quiet.asked(null, now());
    watch.forget();
    goTo(looking.page, pending.url);
  }
}

/** What the browser says of a navigation that failed is known by other ways. */
function goTo(page: Page, url: string): void {
  void page.goto(url, { waitUntil: 'commit' }).catch(() => undefined);
}

/** What a page does besides sending its visitor on: other windows, questions, files, requests without end, a crash. */
function watchExtras(
  { context, page, session }: Open,
  {
    trail,
    quiet,
    limits,
    pass,
    changed,
  }: Pick<Look, 'trail' | 'quiet'> & { limits: BrowserLimits; pass: Pass; changed: () => void },
): { downloads: Downloads; isCrashed(): boolean } {
  let isCrashed = false;
  let requests = 0;
  const downloading = (change: 1 | -1) => () => {
    quiet.downloading(change, now());
    changed();
  };
  const downloads = createDownloads({
    session,
    limits,
    contentTypeOf: trail.contentTypeOf,
    began: downloading(1),
    ended: downloading(-1),
    tooLarge: (url) => trail.cut('bytes', `more than ${limits.downloadBytes} bytes`, url),
  });
  downloads.of(page);
  page.on('crash', () => {
    isCrashed = true;
    trail.cut('connection', 'the page crashed');
    changed();
  });
  context.on('dialog', (dialog) => void dialog.dismiss().catch(() => undefined));
  context.on('page', (popup) => {
    trail.cut('requests', 'the page opened another window, which was closed', popup.url());
    downloads.of(popup);
    setTimeout(() => void popup.close().catch(() => undefined), POPUP_MS).unref();
  });
  context.on('request', () => {
    if (++requests !== limits.requests + 1) return;
    trail.cut('requests', `more than ${limits.requests} requests`);
    pass.close();
  });
  return { downloads, isCrashed: () => isCrashed };
}

async function conclude(url: string, looking: Look, means: Means & { pass: Pass; startMs: number }): Promise<Sighting> {
  const { session, watch, trail } = looking;
  const { limits, pass } = means;
  const shown = looking.isCrashed() ? null : watch.shown();
  const document = shown && trail.document(shown.requestId);
  let landing: VisitFacts['landing'] = null;
  let screenshot: Uint8Array | null = null;
  if (shown && document) {
    const { contentType } = document;
    const isRead = !contentType.startsWith('image/');
    const reading = isRead ? readShownPage({ ...looking, ...means }, { url: shown.url, contentType }) : null;
    const [shot, seen] = await Promise.all([takeScreenshot(session, limits), reading]);
    screenshot = shot;
    if (seen) landing = { url: shown.url, contentType, ...seen };
    else if (isRead) trail.cut('time', 'the page took too long to read', shown.url);
  }
  await within(CERTIFICATE_MS, watch.settleCertificates());
  if (pass.cut() === 'bytes') trail.cut('bytes', `more than ${limits.bytes} bytes`);
  const facts = factsOf(url, trail);
  return {
    facts: {
      ...facts,
      landing,
      download: looking.downloads.facts(),
      guard: pass.decisions(),
      tookMs: tookMs(means.startMs),
    },
    screenshot,
  };
}

function factsOf(url: string, trail: Trail): Omit<VisitFacts, 'guard' | 'tookMs'> {
  const shown = url.slice(0, 8192);
  return { v: 1, by: 'browser', url: shown, landing: null, download: null, screenshot: null, ...trail.facts() };
}

function tookMs(startMs: number): number {
  return Math.round(now() - startMs);
}

/** Work that ends with the signal, or with its time, whatever it does itself. */
async function orEnd<T>(work: Promise<T>, signal: AbortSignal, timeoutMs?: number): Promise<T> {
  const ended = Promise.withResolvers<never>();
  const all = timeoutMs === undefined ? signal : AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const end = () => ended.reject(all.reason);
  all.addEventListener('abort', end, { once: true });
  if (all.aborted) end();
  try {
    return await Promise.race([work, ended.promise]);
  } finally {
    all.removeEventListener('abort', end);
  }
}

function browserGone(cause: unknown): SluiceError {
  return new SluiceError('browser-gone', 'The browser ended during the visit.', { cause, disposition: 'retry' });
}
