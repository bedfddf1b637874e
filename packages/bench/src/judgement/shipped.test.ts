import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { judgeShipped } from './shipped.ts';

const EVERYDAY = fileURLToPath(new URL('../../everyday', import.meta.url));

describe('everyday mail that the model was not trained on', () => {
  let judged: Awaited<ReturnType<typeof judgeShipped>>;
  beforeAll(async () => {
    judged = await judgeShipped(EVERYDAY, 'minimal');
  }, 60_000);

  const pathsOf = (isHonest: boolean, ...verdicts: string[]) =>
    judged
      .filter(({ entry, verdict }) => (entry.label === 'ham') === isHonest && verdicts.includes(verdict))
      .map(({ entry }) => entry.path);

  test('is never malicious where it is honest, and suspicious at most once in twenty times', () => {
    const honest = pathsOf(true, 'clean', 'suspicious', 'malicious').length;
    expect(pathsOf(true, 'malicious')).toEqual([]);
    expect(pathsOf(true, 'suspicious').length).toBeLessThanOrEqual(honest / 20);
  });

  test('is found out in more than four of five lures', () => {
    const found = pathsOf(false, 'suspicious', 'malicious').length;
    expect(found / (found + pathsOf(false, 'clean').length)).toBeGreaterThan(0.8);
  });
});
