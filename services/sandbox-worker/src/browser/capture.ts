import type { LandingFacts } from '@sluice/contracts';
import type { BrowserContext, CDPSession, Page } from 'playwright-core';
import type { PageReader } from '../visit/page-reader.ts';
import { readPlain } from '../visit/page.ts';
import type { BrowserLimits } from './limits.ts';
import type { Watch } from './watch.ts';

const WORLD = 'reader';
const TEXT_CHARS = 20 * 1024;
const FORMS = 50;

/** The markup of one document as it stands now. */
type Markup = { url: string; html: string };
type Seen = Omit<LandingFacts, 'url' | 'contentType'>;
type Looking = { context: BrowserContext; page: Page; session: CDPSession; watch: Watch; limits: BrowserLimits };

/**
 * What the page shows: its own document and up to `frames` of its frames, as scripts have made them. Null when the page did not hand its
 * document out in time, or could not be read.
 */
export async function readShownPage(
  looking: Looking & { pages: PageReader; signal: AbortSignal },
  shown: { url: string; contentType: string },
): Promise<Seen | null> {
  const { limits, signal } = looking;
  const markups = await inTime(limits.captureMs, takeMarkups(looking, shown.url));
  if (!markups) return null;
  const [main, ...frames] = await Promise.all(
    markups.map(async ({ html, url }) => (await looking.pages.read(html, url, signal))?.facts ?? null),
  );
  if (!main) return null;
  if (!/^$|html/.test(shown.contentType)) return readPlain(main.text).facts;
  return frames.reduce<Seen>((seen, frame) => (frame ? together(seen, frame) : seen), main);
}

/** The visible part of the page as PNG; null when it takes too long or is too large. */
export async function takeScreenshot(session: CDPSession, limits: BrowserLimits): Promise<Uint8Array | null> {
  const shot = await inTime(limits.screenshotMs, session.send('Page.captureScreenshot', { format: 'png' }));
  if (!shot || shot.data.length > (limits.screenshotBytes * 4) / 3) return null;
  return Buffer.from(shot.data, 'base64');
}

function together(seen: Seen, frame: Seen): Seen {
  return {
    ...seen,
    siteName: seen.siteName ?? frame.siteName,
    forms: [...seen.forms, ...frame.forms].slice(0, FORMS),
    passwordFields: seen.passwordFields + frame.passwordFields,
    links: seen.links + frame.links,
    text: `${seen.text} ${frame.text}`.trim().slice(0, TEXT_CHARS).toWellFormed(),
  };
}

/** Frames of other sites live in processes of their own, with sessions of their own. */
async function takeMarkups({ context, page, session, watch, limits }: Looking, url: string): Promise<Markup[]> {
  const { frameTree } = await session.send('Page.getFrameTree');
  const own = treeFrames(frameTree).filter(({ id }) => id !== watch.frameId);
  const main = { id: watch.frameId, url };
  const taking = [main, ...own.slice(0, limits.frames)].map((frame) => takeMarkup(session, frame, limits));
  const foreign = page
    .frames()
    .slice(1)
    .slice(0, 2 * limits.frames)
    .map(async (frame) => {
      // Rejects for a frame that has no session of its own: that one is in the tree.
      const foreignSession = await context.newCDPSession(frame);
      const tree = await foreignSession.send('Page.getFrameTree');
      return takeMarkup(foreignSession, { id: tree.frameTree.frame.id, url: frame.url() }, limits);
    });
  const [first, ...others] = await Promise.allSettled([...taking, ...foreign]);
  if (first?.status !== 'fulfilled') return [];
  const more = others.flatMap((other) => (other.status === 'fulfilled' ? [other.value] : []));
  return [first.value, ...more.slice(0, limits.frames)];
}

type Tree = { frame: { id: string; url: string }; childFrames?: Tree[] };

function treeFrames({ frame, childFrames = [] }: Tree): { id: string; url: string }[] {
  return [frame, ...childFrames.flatMap((child) => treeFrames(child))];
}

/** In a world of its own: the page's scripts have no say in what is read. Its own getter, because a form may be named `documentElement`. */
async function takeMarkup(
  session: CDPSession,
  { id, url }: { id: string; url: string },
  limits: BrowserLimits,
): Promise<Markup> {
  const world = await session.send('Page.createIsolatedWorld', { frameId: id, worldName: WORLD });
  const { result } = await session.send('Runtime.evaluate', {
    contextId: world.executionContextId,
    returnByValue: true,
    expression: `Object.getOwnPropertyDescriptor(Document.prototype, 'documentElement').get.call(document)?.outerHTML.slice(0, ${limits.markupChars}) ?? ''`,
  });
  return { url, html: typeof result.value === 'string' ? result.value : '' };
}

/** Null when it takes longer, or fails. */
async function inTime<T>(timeoutMs: number, work: Promise<T>): Promise<T | null> {
  const late = Promise.withResolvers<null>();
  const timer = setTimeout(() => late.resolve(null), timeoutMs);
  try {
    return await Promise.race([work.catch(() => null), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
