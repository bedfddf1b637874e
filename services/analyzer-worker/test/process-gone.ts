import { readFileSync } from 'node:fs';

/** True where no such process runs any more; one that nobody has reaped yet (a zombie) does not run. */
export function isGone(id: number): boolean {
  try {
    process.kill(id, 0);
    return readFileSync(`/proc/${id}/stat`, 'utf8').split(') ')[1]?.startsWith('Z') ?? false;
  } catch {
    return true;
  }
}
