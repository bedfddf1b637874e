import { describe, expect, test } from '@jest/globals';
import { type Leaning, loadOf, nextSize, reasonToReplace, UPRIGHT, wantedProcesses } from './pool-size.ts';

const BOUNDS = { least: 1, most: 4 };

describe('how many processes the work keeps busy', () => {
  const wanted = (work: number, elsewhere = 0) => wantedProcesses({ work, concurrency: 5, elsewhere }, BOUNDS);

  test('is waiting and running work over what one does at once, within the bounds', () => {
    expect([0, 1, 5, 6, 15, 16, 1_000].map((work) => wanted(work))).toEqual([1, 1, 1, 2, 3, 4, 4]);
  });

  test('leaves to other machines what their processes do', () => {
    expect([10, 15, 40].map((work) => wanted(work, 2))).toEqual([1, 1, 4]);
  });

  test('takes for other machines’ only what is: a process of ours that is just leaving is not', () => {
    const seen = (host: string, pid: number) => ({ host, pid, concurrency: 5 });
    const workers = [seen('here', 1), seen('here', 2), seen('there', 1), seen('here', 9)];
    const load = loadOf(12, workers, { host: 'here', pids: new Set([1, 2]) });
    expect(load).toEqual({ work: 12, concurrency: 5, elsewhere: 2 });
  });
});

describe('the size of a pool over time', () => {
  const DELAYS = { growAfterMs: 5_000, shrinkAfterMs: 60_000 };

  /** Sizes at one look a second, where the pool takes each size at once. */
  function run(wantedBySecond: readonly number[], from: number): number[] {
    let processes = from;
    let leaning: Leaning = UPRIGHT;
    return wantedBySecond.map((wanted, second) => {
      const next = nextSize(leaning, { processes, wanted, nowMs: second * 1_000 }, DELAYS);
      leaning = next.leaning;
      processes = next.size;
      return processes;
    });
  }
  const seconds = (count: number, wanted: number) => Array.from({ length: count }, () => wanted);

  test('grows after the delay, doubling at most, until it is what is wanted', () => {
    const sizes = run(seconds(20, 4), 1);
    expect([sizes[4], sizes[5], sizes[10], sizes[11], sizes[19]]).toEqual([1, 2, 2, 4, 4]);
  });

  test('grows from none at all', () => {
    expect(run(seconds(6, 1), 0).at(-1)).toBe(1);
  });

  test('does not grow by a peak that is shorter than the delay', () => {
    expect(run([...seconds(5, 4), 1, ...seconds(5, 4), 1], 1).every((size) => size === 1)).toBe(true);
  });

  test('shrinks after the delay, to the most that was wanted meanwhile', () => {
    const sizes = run([...seconds(30, 1), ...seconds(10, 2), ...seconds(80, 1)], 4);
    expect([sizes[59], sizes[60], sizes[119]]).toEqual([4, 2, 2]);
  });

  test('does not shrink where the work comes back in between', () => {
    expect(run([...seconds(59, 1), 4, ...seconds(59, 1), 4], 4).every((size) => size === 4)).toBe(true);
  });
});

describe('a worker', () => {
  const life = { tasks: 100, ageMs: 3_600_000, memoryBytes: 500 };
  const worker = { pid: 1, startedMs: 0, tasksDone: 60, tasksFailed: 39, rssBytes: 500 };

  test('is replaced by its tasks, its age or its memory, and says why', () => {
    expect(reasonToReplace(worker, life, 3_599_999)).toBeNull();
    expect(reasonToReplace({ ...worker, tasksFailed: 40 }, life, 0)).toBe('it has done 100 tasks');
    expect(reasonToReplace(worker, life, 3_600_000)).toBe('it is 60 minutes old');
    expect(reasonToReplace({ ...worker, rssBytes: 3 * 2 ** 20 }, life, 60_001)).toBe('it holds 3 MB of memory');
  });

  test('that is large from the beginning is not replaced again and again', () => {
    expect(reasonToReplace({ ...worker, rssBytes: 501 }, life, 60_000)).toBeNull();
  });

  test('lives on where nothing is limited', () => {
    const never = { tasks: null, ageMs: null, memoryBytes: null };
    expect(reasonToReplace({ ...worker, rssBytes: 1e12 }, never, 1e12)).toBeNull();
  });
});
