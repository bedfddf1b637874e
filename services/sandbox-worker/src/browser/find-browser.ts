import { accessSync, constants, openSync, readSync, closeSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable'];
const STUB_BYTES = 4096;

/** The browser to run, or why there is none. */
export type FoundBrowser = { path: string } | { path: null; why: string };

/**
 * The browser that the setting names (`off`: none), else Chromium or Chrome on the path. Ubuntu's packages of these names are scripts that start a
 * snap, which cannot run here: they are passed over.
 */
export function findBrowser(setting: string | undefined, searchPath: string): FoundBrowser {
  if (setting === 'off') return { path: null, why: 'SANDBOX_BROWSER is off' };
  if (setting !== undefined)
    return isProgram(setting) ? { path: setting } : { path: null, why: 'SANDBOX_BROWSER names no program' };
  const candidates = NAMES.flatMap((name) => searchPath.split(delimiter).map((folder) => join(folder, name)));
  const programs = candidates.filter((path) => path.startsWith('/') && isProgram(path));
  const path = programs.find((program) => !isSnapStub(program));
  if (path !== undefined) return { path };
  return { path: null, why: programs.length > 0 ? 'Chromium is there as a snap only' : 'no Chromium is installed' };
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function isSnapStub(path: string): boolean {
  const start = Buffer.alloc(STUB_BYTES);
  const file = openSync(path, 'r');
  try {
    const text = start.toString('latin1', 0, readSync(file, start));
    return text.startsWith('#!') && /\/snap\/bin\/|snap install/.test(text);
  } finally {
    closeSync(file);
  }
}
