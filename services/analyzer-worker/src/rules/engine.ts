import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Compiler, initSync, Scanner } from '@virustotal/yara-x';
import { z } from 'zod';

/** Of one file; what it has not found by then is not found. */
const FILE_TIME_LIMIT_MS = 2_000;

const Match = z.object({
  identifier: z.string(),
  isPrivate: z.boolean().default(false),
  metadata: z.array(z.object({ identifier: z.string(), value: z.unknown() })).default([]),
});
const Scanned = z.object({ matches: z.array(Match).default([]) });

export interface YaraMatch {
  rule: string;
  meta: Readonly<Record<string, unknown>>;
}

/** Finds what compiled rules say of some bytes. May throw what YARA-X throws, as for a file that takes too long. */
export type Engine = (bytes: Uint8Array) => YaraMatch[];

/**
 * Compiles rule files into one engine. Throws an error whose message names the fault. A scan costs about 10 ms however small the bytes are, so that few engines are better than many; but
 * where a rule asks for bytes at the file's beginning (`$a at 0`, `uint32(0) == …`), YARA-X 1.20 passes over its patterns in other files, and with them over those of other rules of the
 * engine that have the same text (seen). Our own rules ask otherwise (`@a[1] == 0`) and share an engine; files of other people have one each.
 */
export function compileTogether(files: readonly string[]): Engine {
  loadOnce();
  const compiler = new Compiler();
  for (const [at, file] of files.entries()) {
    compiler.newNamespace(`file${at}`);
    compiler.addSource(readFileSync(file, 'utf8'));
  }
  const scanner = new Scanner(compiler.build());
  scanner.setTimeoutMs(FILE_TIME_LIMIT_MS);
  scanner.setMaxMatchesPerPattern(3);
  return (bytes) =>
    Scanned.parse(scanner.scan(bytes))
      .matches.filter(({ isPrivate }) => !isPrivate)
      .map(({ identifier, metadata }) => ({
        rule: identifier,
        meta: Object.fromEntries(metadata.map(({ identifier: name, value }) => [name, value])),
      }));
}

let isLoaded = false;

function loadOnce(): void {
  if (isLoaded) return;
  const program = createRequire(import.meta.url).resolve('@virustotal/yara-x');
  initSync({ module: readFileSync(program.replace(/\.js$/, '_bg.wasm')) });
  isLoaded = true;
}
