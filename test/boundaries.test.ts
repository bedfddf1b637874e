import { describe, expect, test } from '@jest/globals';
import {
  importsOf,
  type Package,
  packageOf,
  readPackages,
  readSources,
  type Source,
  sourceOf,
  targetOf,
} from './sources.ts';

const packages = readPackages();
/** All but this file, whose examples are code in quotes. */
const sources = readSources(packages).filter(({ path }) => path !== 'test/boundaries.test.ts');
const services = packages.filter(({ folder }) => folder.startsWith('services/')).map(({ name }) => name);

/** Where the environment may be read; every other place is handed what it needs. Tests may read it. */
const ENVIRONMENT_READERS: Record<string, string> = {
  'main.ts of a package': '^packages/[^/]+/src/main\\.ts$',
  'the shell, for the main.ts of every service': '^packages/fleet/src/service/shell\\.ts$',
  'the telemetry preload, which comes before main.ts': '^packages/fleet/src/service/(telemetry|tracing)\\.ts$',
  'benchmarks, which are programs and hand it on': '^packages/bench/src/',
  'the seed of a test': '^packages/testkit/src/random\\.ts$',
};

/** Those that write a part of the record, or read it for people. The others never meet the database. */
const RECORDERS = ['services/gateway', 'services/orchestrator', 'services/retry-worker'];

/** Those that judge mail. */
const JUDGES = ['services/analyzer-worker', 'services/aggregator-worker', 'services/gateway'];

function mayImport(service: string): string[] {
  return [
    '@sluice/contracts',
    '@sluice/fleet',
    ...(RECORDERS.includes(service) ? ['@sluice/records'] : []),
    ...(JUDGES.includes(service) ? ['@sluice/judgement'] : []),
  ];
}

/** What bench measures without a fleet around it. */
const MEASURED = ['@sluice/orchestrator/engine', '@sluice/orchestrator/record', '@sluice/analyzer-worker/analysis'];

interface Rule {
  name: string;
  /** Whom it binds. */
  who: (source: Source) => boolean;
  /** Why this import breaks it, or null. */
  fault: (specifier: string, source: Source) => string | null;
  /** A file that breaks it, so that the rule is seen to bite. */
  example: { path: string; code: string };
}

/** Which of ours a package may import; in its tests also testkit, which itself is for tests only. */
function onlyOurs(folder: string, may: readonly string[], example: Rule['example']): Rule {
  return {
    name: may.length === 0 ? `${folder} imports nothing of ours` : `${folder} imports of ours only ${may.join(', ')}`,
    who: ({ owner }) => owner.folder === folder,
    fault(specifier, { isTest, owner }) {
      const name = packageOf(specifier);
      if (name === null || !name.startsWith('@sluice/') || name === owner.name || may.includes(name)) return null;
      return isTest && name === '@sluice/testkit' ? null : `${name} is not among them`;
    },
    example,
  };
}

const RULES: Rule[] = [
  {
    name: 'no service imports another: they talk through Redis alone',
    who: ({ owner }) => owner.folder.startsWith('services/'),
    fault(specifier, { owner }) {
      const name = packageOf(specifier);
      return name !== null && name !== owner.name && services.includes(name) ? `${name} is a service` : null;
    },
    example: { path: 'services/gateway/src/x.ts', code: "import { build } from '@sluice/orchestrator/engine';" },
  },
  {
    name: 'no package imports a service; only bench measures some of their parts',
    who: ({ owner }) => !owner.folder.startsWith('services/'),
    fault(specifier, { owner }) {
      if (owner.name === '@sluice/bench' && MEASURED.includes(specifier)) return null;
      return services.includes(packageOf(specifier) ?? '') ? 'imports point down only' : null;
    },
    example: { path: 'packages/client/src/x.ts', code: "export * from '@sluice/gateway';" },
  },
  onlyOurs('packages/contracts', [], {
    path: 'packages/contracts/src/x.ts',
    code: "import type { Redis } from '@sluice/fleet/redis';",
  }),
  onlyOurs('packages/fleet', ['@sluice/contracts'], {
    path: 'packages/fleet/src/x.ts',
    code: "import { eventually } from '@sluice/testkit';",
  }),
  onlyOurs('packages/client', ['@sluice/contracts'], {
    path: 'packages/client/src/x.ts',
    code: "const fleet = await import('@sluice/fleet/service');",
  }),
  onlyOurs('packages/records', ['@sluice/contracts'], {
    path: 'packages/records/src/x.ts',
    code: "import { connectRedis } from '@sluice/fleet/redis';",
  }),
  onlyOurs('packages/judgement', ['@sluice/contracts'], {
    path: 'packages/judgement/src/x.ts',
    code: "import { connectRedis } from '@sluice/fleet/redis';",
  }),
  onlyOurs('packages/dashboard', ['@sluice/contracts', '@sluice/client'], {
    path: 'packages/dashboard/src/x.ts',
    code: "import { createCache } from '@sluice/fleet/cache';",
  }),
  onlyOurs('packages/testkit', ['@sluice/records'], {
    path: 'packages/testkit/src/x.ts',
    code: "import { connectRedis } from '@sluice/fleet/redis';",
  }),
  ...packages
    .filter(({ folder }) => folder.startsWith('services/'))
    .map(({ folder }) =>
      onlyOurs(folder, mayImport(folder), {
        path: `${folder}/src/x.ts`,
        code: "import { createClient } from '@sluice/client';",
      }),
    ),
  {
    name: 'a relative import stays in its package',
    who: () => true,
    fault(specifier, source) {
      if (!specifier.startsWith('.')) return null;
      const home = source.owner.folder === '' ? 'test/' : `${source.owner.folder}/`;
      const target = targetOf(source, specifier);
      return target.startsWith(home) ? null : `it leads to ${target}`;
    },
    example: { path: 'services/gateway/src/x.ts', code: "import { x } from '../../orchestrator/src/x.ts';" },
  },
  {
    name: 'no source imports a test',
    who: ({ isTest }) => !isTest,
    fault(specifier, source) {
      return specifier.startsWith('.') && /\.test\.ts$|\/test\//.test(targetOf(source, specifier))
        ? 'tests stand outside'
        : null;
    },
    example: { path: 'packages/fleet/src/queue/x.ts', code: "import { x } from '../../test/x.ts';" },
  },
  {
    name: 'a package of ours is entered by a door that its `exports` name',
    who: () => true,
    fault(specifier) {
      const owner = packages.find(({ name }) => name === packageOf(specifier));
      if (owner === undefined || !specifier.startsWith('@sluice/') || owner.doors.includes(specifier)) return null;
      return `its doors are ${owner.doors.join(', ') || 'none'}`;
    },
    example: { path: 'services/gateway/src/x.ts', code: "import { keysOf } from '@sluice/fleet/src/jobs/keys.ts';" },
  },
  {
    name: 'what is used stands in package.json: in `dependencies`, and for tests in `devDependencies` or those of the root',
    who: () => true,
    fault(specifier, { owner, isTest }) {
      const name = packageOf(specifier);
      if (name === null || name === owner.name || owner.dependencies.includes(name)) return null;
      const forTests = [...owner.devDependencies, ...(packages[0]?.devDependencies ?? [])];
      return isTest && forTests.includes(name) ? null : `${name} does not`;
    },
    example: { path: 'services/retry-worker/src/x.ts', code: "import express,\n  { type Request } from 'express';" },
  },
];

function faultsOf(rule: Rule, files: readonly Source[]): string[] {
  return files.filter(rule.who).flatMap((source) =>
    source.imports.flatMap((specifier) => {
      const fault = rule.fault(specifier, source);
      return fault === null ? [] : [`${source.path} imports '${specifier}', but ${fault}`];
    }),
  );
}

function exampleOf({ path, code }: Rule['example']): Source {
  const owner = packages.find(({ folder }) => folder !== '' && path.startsWith(`${folder}/`)) as Package;
  return sourceOf(path, owner, code);
}

describe('the boundaries of the house', () => {
  test.each(RULES.map((rule) => [rule.name, rule] as const))('%s', (_name, rule) => {
    expect(faultsOf(rule, sources)).toEqual([]);
    expect(faultsOf(rule, [exampleOf(rule.example)])).toHaveLength(1);
  });

  test('the environment is read where the table says, and nowhere else', () => {
    const allowed = Object.values(ENVIRONMENT_READERS).map((pattern) => new RegExp(pattern));
    const readers = sources
      .filter(({ isTest, readsEnvironment }) => readsEnvironment && !isTest)
      .map(({ path }) => path);
    expect(readers.filter((path) => !allowed.some((pattern) => pattern.test(path)))).toEqual([]);
    const idle = allowed.filter((pattern) => !readers.some((path) => pattern.test(path)));
    expect(idle).toEqual([]);
    const example = { path: 'services/gateway/src/x.ts', code: 'const port = process.env.PORT;' };
    expect(exampleOf(example).readsEnvironment).toBe(true);
  });
});

test('the reader of imports sees every way to import, and no comment', () => {
  const code = [
    "import a from 'one';",
    "import type { B } from 'two';",
    'import {\n  c,\n  type D,\n} from "three";',
    "import * as e from 'four';",
    "import 'five';",
    "export { f } from 'six';",
    "export * from 'seven';",
    "const g = await import('eight');",
    "const h = createRequire(import.meta.url).resolve('@sluice/nine');",
    "export const i = 'not this';",
    "const j = ['import', 'nor that'];",
  ];
  expect(importsOf(code.join('\n'))).toEqual([
    'one',
    'two',
    'three',
    'four',
    'five',
    'six',
    'seven',
    'eight',
    '@sluice/nine',
  ]);
  const [root] = packages;
  if (root === undefined) throw new Error('there is no root package');
  expect(sourceOf('test/x.ts', root, "// import 'a';\n/* import 'b'; */\n").imports).toEqual([]);
});

test('every folder of the house is read', () => {
  const folders = new Set(sources.map(({ owner }) => owner.folder));
  expect([...folders].toSorted()).toEqual(packages.map(({ folder }) => folder).toSorted());
  expect(sources.filter(({ imports }) => imports.length > 0).length).toBeGreaterThan(sources.length / 2);
});
