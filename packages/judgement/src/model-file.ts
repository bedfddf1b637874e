import { existsSync, readFileSync } from 'node:fs';
import { type Model, parseModel } from './model.ts';

/** The model that comes with Sluice. */
const SHIPPED = new URL('../model/mail-model.json', import.meta.url);

/** The model of a file, or the shipped one; null where that is not there: everything works without. Throws where a named file is not there, or is no model. */
export function readModel(path: string | null): Model | null {
  if (path === null && !existsSync(SHIPPED)) return null;
  return parseModel(readFileSync(path ?? SHIPPED, 'utf8'));
}
