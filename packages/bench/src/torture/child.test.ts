import { spawnSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { createUseWatch } from './child.ts';

const BURNT_MS = 100;
const BURN = `while (process.cpuUsage().user < ${BURNT_MS} * 1000);`;

test('a process that has begun and ended meanwhile counts, and one that had ended before does not', () => {
  const watch = createUseWatch();
  watch.begin();
  spawnSync(process.execPath, ['-e', BURN]);
  expect(watch.end().cpuMs).toBeGreaterThanOrEqual(BURNT_MS / 2);
  watch.begin();
  expect(watch.end().cpuMs).toBe(0);
});
