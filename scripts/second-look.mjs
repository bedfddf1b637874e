// A suite that is red beside 270 others on two cores is run once more alone: what is broken stays red, and what only a busy
// machine broke is said by name instead of stopping everybody.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { say } from './words.mjs';

/** More red suites than this are no matter of a busy machine. */
const MOST_SUITES = 3;

/**
 * Runs jest by `runJest(args)`, which resolves with an exit status, and its few red suites again, one after the other. The
 * result file at `file` then holds the second result of those. Resolves with the status of the last run.
 */
export async function withSecondLook({ runJest, file, root, args }) {
  const status = await runJest([...args, '--json', `--outputFile=${file}`]);
  const red = status === 1 ? redSuites(read(file)) : [];
  if (red.length === 0 || red.length > MOST_SUITES) return status;
  say(`red, and run once more alone: ${names(red, root)}`);
  const again = `${file}.again`;
  rmSync(again, { force: true });
  const options = args.filter((arg) => arg.startsWith('-'));
  const second = await runJest([
    ...options,
    '--runInBand',
    '--json',
    `--outputFile=${again}`,
    '--runTestsByPath',
    ...red,
  ]);
  if (!existsSync(again)) return second === 0 ? 1 : second;
  writeFileSync(file, JSON.stringify(merged(read(file), read(again))));
  if (second === 0) say(`red beside other suites and green alone, to be looked into: ${names(red, root)}`);
  return second;
}

function redSuites(result) {
  return (result?.testResults ?? []).filter(({ status }) => status === 'failed').map(({ name }) => name);
}

function merged(first, second) {
  const seconds = new Map(second.testResults.map((suite) => [suite.name, suite]));
  return { ...first, testResults: first.testResults.map((suite) => seconds.get(suite.name) ?? suite) };
}

function read(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null;
}

function names(suites, root) {
  return suites.map((suite) => relative(root, suite)).join(', ');
}
