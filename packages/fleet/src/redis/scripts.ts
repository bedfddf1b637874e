import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Redis } from './connect.ts';

/** A number or a text; booleans are written as 1 and 0 by the caller. */
export type ScriptArgument = string | number;
export type Script = (client: Redis, keys: string[], args: ScriptArgument[]) => Promise<unknown>;

const INCLUDE = /^--@include (\S+)$/gm;

/** The source of `<folder>/<name>.lua` with its `--@include other` lines replaced by that file. */
export function readScript(folder: URL, name: string): string {
  const source = readFileSync(new URL(`${name}.lua`, folder), 'utf8');
  return source.replace(INCLUDE, (_line, other: string) => readScript(folder, other));
}

/** Makes Lua callable: EVALSHA, and EVAL where the server does not know it yet. */
export function bindScript(lua: string): Script {
  const sha = createHash('sha1').update(lua).digest('hex');
  return async (client, keys, args) => {
    try {
      return await client.evalsha(sha, keys.length, ...keys, ...args);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return client.eval(lua, keys.length, ...keys, ...args);
    }
  };
}

/** The same for a Lua file; the number of keys is fixed by the script. */
export function loadScript(folder: URL, name: string, numberOfKeys: number): Script {
  const run = bindScript(readScript(folder, name));
  return async (client, keys, args) => {
    if (keys.length !== numberOfKeys) throw new TypeError(`${name}.lua takes ${numberOfKeys} keys, not ${keys.length}`);
    return run(client, keys, args);
  };
}
