import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { REPOSITORY } from '@sluice/supervisor';

/** One of ours: a folder with a `package.json`; the root, with the tests of the whole house, has the folder ``. */
export interface Package {
  folder: string;
  name: string;
  /** The doors: `@sluice/fleet/queue`. */
  doors: string[];
  dependencies: string[];
  /** In reach of its tests alone; what the root has is in reach of every test. */
  devDependencies: string[];
}

/** A source file, with paths from the repository's root. */
export interface Source {
  path: string;
  owner: Package;
  isTest: boolean;
  imports: string[];
  readsEnvironment: boolean;
}

interface Manifest {
  name: string;
  exports?: Record<string, string>;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}

const find = (pattern: string): string[] =>
  globSync(pattern, { cwd: REPOSITORY, exclude: (path) => path.includes('node_modules') });

function readPackage(folder: string): Package {
  const manifest = JSON.parse(readFileSync(join(REPOSITORY, folder, 'package.json'), 'utf8')) as Manifest;
  const { name, exports = {}, dependencies = {}, devDependencies = {} } = manifest;
  return {
    folder,
    name,
    doors: Object.keys(exports).map((door) => name + door.slice(1)),
    dependencies: Object.keys(dependencies),
    devDependencies: Object.keys(devDependencies),
  };
}

export function readPackages(): Package[] {
  const folders = find('{packages,services}/*/package.json').map((path) => dirname(path));
  return ['', ...folders.toSorted()].map(readPackage);
}

export function readSources(packages: readonly Package[]): Source[] {
  return find('{{packages,services}/*/{src,test},test}/**/*.ts').map((path) => {
    const owner = packages.find(({ folder }) => folder !== '' && path.startsWith(`${folder}/`)) ?? packages[0];
    if (owner === undefined) throw new Error('there is no root package');
    return sourceOf(path, owner, readFileSync(join(REPOSITORY, path), 'utf8'));
  });
}

export function sourceOf(path: string, owner: Package, text: string): Source {
  const isTest = /\.test\.ts$|(^|\/)test\//.test(path);
  const code = withoutComments(text);
  const readsEnvironment = /\bprocess\s*\.\s*env\b|\benv\b[^;]*from 'node:process'/.test(code);
  return { path, owner, isTest, imports: importsOf(code), readsEnvironment };
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '');
}

/** `import … from 'x'`, `export … from 'x'`, `import 'x'`; then `import('x')`, `resolve('@sluice/x')` and the like. */
const STATEMENTS = /^\s*(?:import|export)\b(?:[^'"`;()=]*?\bfrom)?\s*['"]([^'"]+)['"]/gm;
const CALLS = /\bimport\(\s*['"]([^'"]+)['"]|\(\s*['"](@sluice\/[^'"]+)['"]/g;

export function importsOf(code: string): string[] {
  const found = [...code.matchAll(STATEMENTS), ...code.matchAll(CALLS)].map(
    ([, first, second]) => first ?? second ?? '',
  );
  return [...new Set(found)];
}

/** `@scope/name` or `name`, without what is asked of it; null for a path and for Node's own. */
export function packageOf(specifier: string): string | null {
  if (specifier.startsWith('.') || specifier.startsWith('node:')) return null;
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

/** Where a relative import leads, from the repository's root. */
export function targetOf({ path }: Source, specifier: string): string {
  return normalize(join(dirname(path), specifier));
}
