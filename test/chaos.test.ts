import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { REPOSITORY } from '@sluice/supervisor';

const BENCH = join(REPOSITORY, 'packages/bench/src/main.ts');
const PATIENCE_MS = 240_000;

interface Outcome {
  status: number;
  output: string;
}

/** `npm run chaos -- --quick` with these faults, in a process of its own as a person runs it. */
function breakThings(faults: readonly string[]): Promise<Outcome> {
  const words = [BENCH, 'chaos', '--quick', '--json', '--on', 'server', ...faults.flatMap((name) => ['--fault', name])];
  return new Promise((resolve) => {
    execFile(process.execPath, words, { timeout: PATIENCE_MS }, (error, output, errors) => {
      const status = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      resolve({ status, output: output + errors });
    });
  });
}

test(
  'the short form: a Redis that is killed under load loses and doubles nothing',
  async () => {
    const { status, output } = await breakThings(['redis-killed']);
    if (status !== 0) process.stdout.write(output);
    const { measures } = JSON.parse(output.trim().split('\n').at(-1) ?? '') as { measures: Record<string, number> };
    expect(measures).toMatchObject({ faults: 1, lost: 0, doubled: 0, breaches: 0, failed: 0 });
    expect(measures.accepted).toBeGreaterThan(5);
    expect(measures.finished).toBe(measures.accepted);
    expect(status).toBe(0);
  },
  PATIENCE_MS + 10_000,
);

test('an unknown fault is refused with the names of those that there are', async () => {
  const { status, output } = await breakThings(['earthquake']);
  expect(status).not.toBe(0);
  expect(output).toContain('redis-away');
});
