export type Measures = Record<string, number | string | null>;

export interface BenchmarkResult {
  /** How it was measured, in a sentence or two. */
  method: string;
  measures: Measures;
}

export type Benchmark = (words: string[], say: (line: string) => void) => Promise<BenchmarkResult>;

/** The value below which the given part (0–1) of the sorted samples lies. */
export function quantile(samples: readonly number[], part: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
}

export function median(samples: readonly number[]): number {
  return quantile(samples, 0.5);
}

export function round(value: number, digits = 1): number {
  return Number(value.toFixed(digits));
}
