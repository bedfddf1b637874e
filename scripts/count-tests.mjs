// Prints `N passed, N failed` from jest's result file; ends with status 1 where nothing passed or something failed.
import { existsSync, readFileSync } from 'node:fs';

const file = process.argv[2] ?? '.cache/jest.json';
const result = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null;
const passed = result?.numPassedTests ?? 0;
// A file that could not be loaded has no tests to count, and a run without a result failed before its tests.
const failed = result === null ? 1 : result.numFailedTests + result.numRuntimeErrorTestSuites;
const skipped = result === null ? 0 : result.numPendingTests + result.numTodoTests;
process.stdout.write(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`);
process.exitCode = passed === 0 || failed > 0 ? 1 : 0;
