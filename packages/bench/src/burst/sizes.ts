export interface Sample {
  seconds: number;
  analyzers: number;
  sandboxes: number;
}

/** One line for each change of a pool's size. */
export function describeSizes(samples: readonly Sample[]): string[] {
  const changes = samples.filter((sample, at) => {
    const before = samples[at - 1];
    return sample.analyzers !== before?.analyzers || sample.sandboxes !== before.sandboxes;
  });
  return changes.map(({ seconds, analyzers, sandboxes }) => {
    return `${seconds.toFixed(1).padStart(6)} s  analyzers ${analyzers}  sandboxes ${sandboxes}`;
  });
}
