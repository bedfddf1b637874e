import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileTogether } from './engine.ts';

const OWN = fileURLToPath(new URL('./own/', import.meta.url));
const FAULT_CHARS = 400;

export function isOwnFile(file: string): boolean {
  return file.startsWith(OWN);
}

export interface RuleFiles {
  files: string[];
  /** Files that are left out, and why. */
  faults: { file: string; why: string }[];
}

/** Our rule files and those of the operator's folder, by name. One with a fault, or a folder that cannot be read, is left out and named. */
export async function findRuleFiles(folder?: string): Promise<RuleFiles> {
  const found: RuleFiles = { files: [], faults: [] };
  for (const place of folder === undefined ? [OWN] : [OWN, folder]) {
    try {
      for (const file of await listed(place)) tryFile(file, found);
    } catch (error) {
      found.faults.push({ file: place, why: reasonOf(error) });
    }
  }
  return found;
}

async function listed(folder: string): Promise<string[]> {
  const names = await readdir(folder);
  return names
    .filter((name) => /\.yara?$/.test(name))
    .toSorted()
    .map((name) => join(folder, name));
}

function tryFile(file: string, found: RuleFiles): void {
  try {
    compileTogether([file]);
    found.files.push(file);
  } catch (error) {
    found.faults.push({ file, why: reasonOf(error) });
  }
}

function reasonOf(error: unknown): string {
  return String(error instanceof Error ? error.message : error).slice(0, FAULT_CHARS);
}
