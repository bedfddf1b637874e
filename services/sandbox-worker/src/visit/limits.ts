/** What one visit may cost. Bodies count once as they came and once decoded; both stay under `bodyBytes`. */
export type VisitLimits = {
  hops: number;
  bodyBytes: number;
  /** A download is hashed, not kept: it may be larger than a page. */
  downloadBytes: number;
  headerBytes: number;
  /** Decoded bytes for each byte that came, once more than `ratioFreeBytes` are out. */
  ratio: number;
  ratioFreeBytes: number;
  hopMs: number;
  visitMs: number;
  /** Reading one page (parsing and looking for redirects), the start of its thread included. */
  pageMs: number;
  /** A refresh that waits longer is a page's time-out, not a redirect. */
  refreshSeconds: number;
};

export const VISIT_LIMITS: VisitLimits = {
  hops: 10,
  bodyBytes: 2 * 1024 * 1024,
  downloadBytes: 20 * 1024 * 1024,
  headerBytes: 16 * 1024,
  ratio: 100,
  ratioFreeBytes: 256 * 1024,
  hopMs: 10_000,
  visitMs: 30_000,
  pageMs: 3_000,
  refreshSeconds: 30,
};
