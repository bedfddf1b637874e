import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { REPOSITORY } from '@sluice/supervisor';

export interface OtherVersion {
  root: string;
  commit: string;
  remove(): void;
}

/**
 * Another commit of this repository in a folder of its own, ready to run: its sources by `git archive`, the installed packages of this one. Links between
 * workspaces are relative, so that its packages find each other and not ours.
 */
export function checkOut(reference: string): OtherVersion {
  const commit = git('rev-parse', '--short', reference).trim();
  const root = mkdtempSync(join(tmpdir(), 'sluice-version-'));
  execFileSync('sh', ['-c', 'git archive "$1" | tar -x -C "$2"', 'sh', commit, root], { cwd: REPOSITORY });
  symlinkSync(join(REPOSITORY, 'node_modules'), join(root, 'node_modules'));
  for (const group of ['packages', 'services']) {
    for (const name of readdirSync(join(root, group))) {
      const installed = join(REPOSITORY, group, name, 'node_modules');
      const place = join(root, group, name, 'node_modules');
      if (existsSync(installed)) cpSync(installed, place, { recursive: true, verbatimSymlinks: true });
    }
  }
  return { root, commit, remove: () => rmSync(root, { recursive: true }) };
}

function git(...words: string[]): string {
  return execFileSync('git', words, { cwd: REPOSITORY, encoding: 'utf8' });
}
