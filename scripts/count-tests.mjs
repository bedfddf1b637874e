// Prints `N passed, N failed` from jest's result file; ends with status 1 where nothing passed or something failed.
import { existsSync, readFileSync } from 'node:fs';

const file = process.argv[2] ?? '.cache/jest.json';
const suites = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).testResults : null;
const tests = suites?.flatMap((suite) => suite.assertionResults) ?? [];
const count = (...states) => tests.filter((test) => states.includes(test.status)).length;
const passed = count('passed');
// A file that could not be loaded has no tests to count, and a run without a result failed before its tests.
const unloaded =
  suites?.filter((suite) => suite.status === 'failed' && suite.assertionResults.length === 0).length ?? 1;
const failed = count('failed') + unloaded;
const skipped = count('pending', 'todo', 'skipped', 'disabled');
process.stdout.write(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`);
process.exitCode = passed === 0 || failed > 0 ? 1 : 0;
