import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '@sluice/supervisor';
import { parseAllDocuments } from 'yaml';

/** All documents of a YAML text, with `<<` merged. Throws at the first fault. */
export function parseYaml(text: string): unknown[] {
  return parseAllDocuments(text, { merge: true }).map((document) => {
    const [fault] = document.errors;
    if (fault !== undefined) throw fault;
    return document.toJS();
  });
}

/** The first document of a file. */
export function readYaml(path: string): unknown {
  return parseYaml(readFileSync(join(REPOSITORY, path), 'utf8'))[0];
}
