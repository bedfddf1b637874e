/** What one visit by the browser may cost. */
export type BrowserLimits = {
  hops: number;
  /** How often one URL may be asked for in a chain: a page that first sets a cookie is asked for twice. */
  askedAgain: number;
  requests: number;
  /** Both directions, everything that a page loads. */
  bytes: number;
  downloadBytes: number;
  /** From asking for a page to its last byte. */
  hopMs: number;
  /** What a page that is there may still load. */
  loadMs: number;
  /** A page that sends nowhere for so long after it has loaded is the landing page. */
  quietMs: number;
  /** A declared refresh that waits longer than this is gone to at once. */
  refreshWaitMs: number;
  /** A declared refresh that waits longer than this is a page's time-out, not a redirect. */
  refreshSeconds: number;
  /** Following; looking at the landing page comes on top. */
  visitMs: number;
  /** Reading the page out of the browser. */
  captureMs: number;
  screenshotMs: number;
  screenshotBytes: number;
  /** Characters of markup of the page, and of each of its frames. */
  markupChars: number;
  frames: number;
  /** Reading one page's markup. */
  pageMs: number;
};

export const BROWSER_LIMITS: BrowserLimits = {
  hops: 10,
  askedAgain: 2,
  requests: 300,
  bytes: 20 * 1024 * 1024,
  downloadBytes: 20 * 1024 * 1024,
  hopMs: 10_000,
  loadMs: 5_000,
  quietMs: 1_500,
  refreshWaitMs: 3_000,
  refreshSeconds: 30,
  visitMs: 25_000,
  captureMs: 4_000,
  screenshotMs: 3_000,
  screenshotBytes: 4 * 1024 * 1024,
  markupChars: 2 * 1024 * 1024,
  frames: 5,
  pageMs: 3_000,
};
