import type { BrowserLimits } from './limits.ts';

/** How long a refresh may be late before it is no longer waited for. */
const REFRESH_MARGIN_MS = 1_000;
/** From telling the browser where to go to its first request. */
const START_MS = 10_000;
/** A document that became no page may have been a download: so long until the browser says so. */
const DOWNLOAD_GRACE_MS = 300;

export type Quiet = ReturnType<typeof createQuiet>;

/**
 * Tells when a page has come to rest: nothing asked for, loaded, and no redirect for a while. Pure but for its own state; times in ms of
 * any one clock. `due` is when the waiting ends unless something happens before; `isLate` says that it then ends a wait for an answer.
 */
export function createQuiet(limits: BrowserLimits, startMs: number) {
  let open: { id: string | null; sinceMs: number } | null = { id: null, sinceMs: startMs };
  let finishedMs = startMs;
  let loadedMs: number | null = null;
  let hasPage = false;
  let downloads = 0;
  let refreshMs: number | null = null;
  let announcedMs = 0;

  return {
    /** The page is about to send its visitor on; the request is still to come, or never comes. */
    announced(nowMs: number) {
      announcedMs = nowMs;
    },
    /** `id` is null for a document whose request is still to come. */
    asked(id: string | null, nowMs: number) {
      open = { id, sinceMs: nowMs };
      refreshMs = null;
    },
    /** A document came to its end, whole or not. */
    finished(id: string, nowMs: number) {
      if (open?.id === id) open = null;
      finishedMs = nowMs;
    },
    /** A document broke off: nothing more of it will load. */
    failed(id: string, nowMs: number) {
      if (open?.id === id) open = null;
      finishedMs = nowMs;
      loadedMs = nowMs;
    },
    /** A document was not followed, or came to nothing: the page before it, if there is one, stays. */
    dropped(nowMs: number) {
      open = null;
      finishedMs = nowMs;
      loadedMs = nowMs;
    },
    committed() {
      hasPage = true;
      loadedMs = null;
    },
    loaded(nowMs: number) {
      loadedMs = nowMs;
    },
    refreshAt(atMs: number | null) {
      refreshMs = atMs;
    },
    downloading(change: 1 | -1, nowMs: number) {
      downloads += change;
      open = null;
      finishedMs = nowMs;
    },
    due(nowMs: number): { atMs: number; isLate: boolean } {
      if (downloads > 0) return { atMs: Number.POSITIVE_INFINITY, isLate: false };
      if (open !== null) return { atMs: open.sinceMs + (open.id === null ? START_MS : limits.hopMs), isLate: true };
      if (!hasPage) return { atMs: finishedMs + DOWNLOAD_GRACE_MS, isLate: false };
      const lastMs = Math.max(finishedMs, announcedMs, loadedMs ?? finishedMs + limits.loadMs);
      const restMs = lastMs + limits.quietMs;
      const isSoon = refreshMs !== null && refreshMs - nowMs <= limits.refreshWaitMs;
      return { atMs: isSoon ? Math.max(restMs, (refreshMs ?? 0) + REFRESH_MARGIN_MS) : restMs, isLate: false };
    },
  };
}
