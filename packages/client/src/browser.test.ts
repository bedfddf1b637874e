import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const INDEX = fileURLToPath(new URL('index.ts', import.meta.url));
const CONTRACTS = fileURLToPath(new URL('../../contracts/src/index.ts', import.meta.url));

const IMPORT = /^(?:import|export)\b(?! type)[^'";]*?from\s*'([^']+)'|^import\s*'([^']+)'/gm;
const NODE_ONLY = /\b(?:process\.|Buffer\b|NodeJS\.|__dirname\b|require\()/;

/** Every file that a bundle of this entry would hold, and every package that it would need. */
function reach(entry: string, seen = new Map<string, string>(), packages = new Set<string>()) {
  const code = readFileSync(entry, 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  seen.set(entry, code);
  for (const [, from, bare] of code.matchAll(IMPORT)) {
    const specifier = from ?? bare ?? '';
    if (!specifier.startsWith('.')) packages.add(specifier);
    else if (!seen.has(join(dirname(entry), specifier))) reach(join(dirname(entry), specifier), seen, packages);
  }
  return { files: seen, packages: [...packages].toSorted() };
}

test.each([
  ['the SDK', INDEX, ['@sluice/contracts']],
  ['the contracts that it speaks', CONTRACTS, ['zod']],
])('%s runs in a browser: it imports nothing of Node and uses none of its globals', (_name, entry, packages) => {
  const found = reach(entry);
  expect(found.packages).toEqual(packages);
  const offenders = [...found.files].filter(([, code]) => NODE_ONLY.test(code)).map(([path]) => path);
  expect(offenders).toEqual([]);
});

test('the check reads the SDK as a whole, and nothing of the command', () => {
  const { files } = reach(INDEX);
  const names = [...files.keys()].map((path) => path.slice(dirname(INDEX).length + 1));
  const sdk = readdirSync(dirname(INDEX), { recursive: true, encoding: 'utf8' }).filter(
    (path) => path.endsWith('.ts') && !/\.test\.ts$|^command|^main\.ts$/.test(path),
  );
  expect(names.toSorted()).toEqual(sdk.toSorted());
  expect(NODE_ONLY.test("const x = Buffer.from('');")).toBe(true);
  expect(reach(fileURLToPath(new URL('command/files.ts', import.meta.url))).packages).toContain('node:fs');
});
