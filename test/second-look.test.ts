import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

/** What each suite is in each run of jest: `p` passes, `f` fails. */
type Runs = Record<string, string>[];

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-look-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Runs the real script in a process of its own with a jest that answers as told; says what was run and how it was counted. */
async function look(runs: Runs) {
  const scripts = join(import.meta.dirname, '../scripts');
  const file = join(folder, 'jest.json');
  const script = join(folder, 'look.mjs');
  await writeFile(
    script,
    `import { writeFileSync } from 'node:fs';
     import { withSecondLook } from ${JSON.stringify(join(scripts, 'second-look.mjs'))};
     const runs = ${JSON.stringify(runs)}, calls = [];
     const runJest = async (args) => {
       calls.push(args.filter((arg) => arg.endsWith('.test.ts')));
       const suites = Object.entries(runs[calls.length - 1]).map(([name, states]) => ({
         name, status: states.includes('f') ? 'failed' : 'passed',
         assertionResults: [...states].map((state) => ({ status: state === 'f' ? 'failed' : 'passed' })),
       }));
       const output = args.find((arg) => arg.startsWith('--outputFile=')).slice('--outputFile='.length);
       writeFileSync(output, JSON.stringify({ testResults: suites }));
       return suites.some(({ status }) => status === 'failed') ? 1 : 0;
     };
     const status = await withSecondLook({ runJest, file: ${JSON.stringify(file)}, root: '/', args: [] });
     console.log(JSON.stringify({ status, calls }));`,
  );
  const { status, calls } = JSON.parse(execFileSync(process.execPath, [script], { encoding: 'utf8', stdio: 'pipe' }));
  let counted: string;
  try {
    counted = execFileSync(process.execPath, [join(scripts, 'count-tests.mjs'), file], { encoding: 'utf8' });
  } catch (error) {
    counted = (error as { stdout: string }).stdout;
  }
  return { status, calls, counted: counted.trim() };
}

describe('a second look at red suites', () => {
  test('is not taken where all is green', async () => {
    expect(await look([{ '/a.test.ts': 'pp', '/b.test.ts': 'p' }])).toEqual({
      status: 0,
      calls: [[]],
      counted: '3 passed, 0 failed',
    });
  });

  test('is green where the red suite is green alone, and counts each test once', async () => {
    expect(await look([{ '/a.test.ts': 'pf', '/b.test.ts': 'p' }, { '/a.test.ts': 'pp' }])).toEqual({
      status: 0,
      calls: [[], ['/a.test.ts']],
      counted: '3 passed, 0 failed',
    });
  });

  test('stays red where the suite stays red', async () => {
    expect(await look([{ '/a.test.ts': 'pf', '/b.test.ts': 'p' }, { '/a.test.ts': 'pf' }])).toEqual({
      status: 1,
      calls: [[], ['/a.test.ts']],
      counted: '2 passed, 1 failed',
    });
  });

  test('is not taken at more than three suites', async () => {
    const red = { '/a.test.ts': 'f', '/b.test.ts': 'f', '/c.test.ts': 'f', '/d.test.ts': 'f' };
    expect(await look([red])).toEqual({ status: 1, calls: [[]], counted: '0 passed, 4 failed' });
  });
});
