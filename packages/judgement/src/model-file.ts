import { readFileSync } from 'node:fs';
import { type Model, parseModel } from './model.ts';

/** The model that comes with Sluice. */
const SHIPPED = new URL('../model/mail-model.json', import.meta.url);

/** The model of a file, or the shipped one; null where there is no such file: everything works without. Throws where the file is no model. */
export function readModel(path: string | null): Model | null {
  try {
    return parseModel(readFileSync(path ?? SHIPPED, 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
