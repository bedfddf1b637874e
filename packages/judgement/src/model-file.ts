import { existsSync, readFileSync } from 'node:fs';
import { type Model, parseModel } from './model.ts';

/** The model that comes with Sluice. */
const SHIPPED = new URL('../model/mail-model.json', import.meta.url);

/** The model of a file, or the shipped one; null where there is no such file: everything works without. Throws where the file is no model. */
export function readModel(path: string | null): Model | null {
  const file = path ?? SHIPPED;
  return existsSync(file) ? parseModel(readFileSync(file, 'utf8')) : null;
}
