import type { Fleet } from '@sluice/supervisor';

/** What the cache did. */
export interface Saved {
  calls: number;
  /** For each hit, what its original call took. */
  ms: number;
  /** Answers that only one process kept, because the cache's server did not answer in time. */
  unshared: number;
}

/** By the caches of the processes whose names begin so, since each was started. */
export async function savedBy(fleet: Fleet, begin = 'analyzer-worker'): Promise<Saved> {
  const ports = fleet
    .processes()
    .flatMap(({ name, metricsPort }) => (name.startsWith(begin) ? (metricsPort ?? []) : []));
  const texts = await Promise.all(ports.map(async (port) => (await fetch(`http://127.0.0.1:${port}/metrics`)).text()));
  return sumOf(
    ...texts.map((text) => ({
      calls: total(text, 'sluice_cache_saved_calls_total'),
      ms: 1_000 * total(text, 'sluice_cache_saved_seconds_total'),
      unshared: total(text, 'sluice_cache_unshared_total'),
    })),
  );
}

export function sumOf(...all: readonly Saved[]): Saved {
  const sum = { calls: 0, ms: 0, unshared: 0 };
  for (const { calls, ms, unshared } of all) {
    sum.calls += calls;
    sum.ms += ms;
    sum.unshared += unshared;
  }
  return sum;
}

function total(text: string, name: string): number {
  const values = [...text.matchAll(new RegExp(`^${name}\\{[^}]*\\} ([\\d.e+-]+)$`, 'gm'))];
  return values.reduce((sum, [, value]) => sum + Number(value), 0);
}
