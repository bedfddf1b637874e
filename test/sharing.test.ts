import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { REPOSITORY } from '@sluice/supervisor';

const BENCH = join(REPOSITORY, 'packages/bench/src/main.ts');
const PATIENCE_MS = 300_000;

/** `npm run bench -- sharing --quick` in a process of its own. */
function share(): Promise<{ status: number; output: string }> {
  return new Promise((resolve) => {
    const words = [BENCH, 'sharing', '--quick', '--json'];
    execFile(process.execPath, words, { timeout: PATIENCE_MS }, (error, output, errors) => {
      const status = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      resolve({ status, output: output + errors });
    });
  });
}

test(
  'mails that share links and addresses cost one call for each, while a provider fails for a while: the short form',
  async () => {
    const { status, output } = await share();
    if (status !== 0) process.stdout.write(output);
    const last = output.split('\n').findLast((line) => line.startsWith('{'));
    const { measures } = JSON.parse(last ?? '') as { measures: Record<string, number> };
    const none = { breaches: 0, refused_by_simulators: 0, paid_again_unexplained: 0 };
    expect(measures).toMatchObject({ jobs: 40, completed: 40, whole: 40, ...none });
    expect(measures.hit_share_on_repeats).toBeGreaterThan(0.8);
    expect(measures.calls_without_answer).toBeGreaterThan(0);
    expect(status).toBe(0);
  },
  PATIENCE_MS + 10_000,
);
