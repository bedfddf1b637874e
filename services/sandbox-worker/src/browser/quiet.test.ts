import { describe, expect, test } from '@jest/globals';
import { BROWSER_LIMITS } from './limits.ts';
import { createQuiet } from './quiet.ts';

const LIMITS = { ...BROWSER_LIMITS, hopMs: 10_000, loadMs: 5_000, quietMs: 1_500, refreshWaitMs: 3_000 };

/** A page that was asked for at 0, came at 100, and has loaded at 200. */
function loadedPage() {
  const quiet = createQuiet(LIMITS, 0);
  quiet.asked('one', 0);
  quiet.committed();
  quiet.finished('one', 100);
  quiet.loaded(200);
  return quiet;
}

describe('a page', () => {
  test('that is asked for has the time of a hop', () => {
    const quiet = createQuiet(LIMITS, 0);
    quiet.asked('one', 50);
    expect(quiet.due(60)).toEqual({ atMs: 10_050, isLate: true });
    quiet.finished('another', 70);
    expect(quiet.due(80).isLate).toBe(true);
  });

  test('rests when it has loaded and sent nowhere for a while', () => {
    expect(loadedPage().due(300)).toEqual({ atMs: 1_700, isLate: false });
  });

  test('that never finishes loading is waited for as long as loading may take', () => {
    const quiet = createQuiet(LIMITS, 0);
    quiet.asked('one', 0);
    quiet.committed();
    quiet.finished('one', 100);
    expect(quiet.due(200)).toEqual({ atMs: 6_600, isLate: false });
  });

  test('that announces a move is waited for anew, and for its answer once it asks', () => {
    const quiet = loadedPage();
    quiet.announced(1_000);
    expect(quiet.due(1_000)).toEqual({ atMs: 2_500, isLate: false });
    quiet.asked('two', 1_100);
    expect(quiet.due(1_100)).toEqual({ atMs: 11_100, isLate: true });
    quiet.dropped(1_200);
    expect(quiet.due(1_200)).toEqual({ atMs: 2_700, isLate: false });
  });

  test('that declares a refresh is waited for only where that is soon', () => {
    const quiet = loadedPage();
    quiet.refreshAt(2_200);
    expect(quiet.due(300)).toEqual({ atMs: 3_200, isLate: false });
    quiet.refreshAt(9_000);
    expect(quiet.due(300)).toEqual({ atMs: 1_700, isLate: false });
  });

  test('that gives a file is waited for until the file is there', () => {
    const quiet = loadedPage();
    quiet.downloading(1, 300);
    expect(quiet.due(300).atMs).toBe(Number.POSITIVE_INFINITY);
    quiet.downloading(-1, 900);
    expect(quiet.due(900)).toEqual({ atMs: 2_400, isLate: false });
  });

  test('that never came ends the waiting at once', () => {
    const quiet = createQuiet(LIMITS, 0);
    quiet.asked('one', 0);
    quiet.failed('one', 100);
    expect(quiet.due(100).atMs).toBeLessThan(1_000);
  });
});
