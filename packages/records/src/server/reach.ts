import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** An unprivileged user, by numbers. */
export interface User {
  uid: number;
  gid: number;
}

/**
 * Whom the server runs as when we are root, under whom it refuses to run: the account `daemon`, which every Linux has (LSB). initdb wants one that exists; and the browser of the sandbox,
 * which opens hostile pages, is another one (nobody).
 */
const DAEMON = /^daemon:[^:]*:(\d+):(\d+):/m;

/** Null: as ourselves. Throws where we are root on a machine without that account. */
export function serverUser(): User | null {
  if (process.getuid?.() !== 0) return null;
  const [, uid, gid] = DAEMON.exec(readFileSync('/etc/passwd', 'utf8')) ?? [];
  if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  throw new Error(
    'This machine has no account `daemon`, as which PostgreSQL would run: start the fleet as another user than root',
  );
}

/** The folders above `path` (absolute, without links) through which this user may not pass; the nearest first. */
export function closedAbove(path: string, { uid, gid }: User): string[] {
  const closed: string[] = [];
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const stat = statSync(folder);
    const bit = stat.uid === uid ? 0o100 : stat.gid === gid ? 0o010 : 0o001;
    if ((stat.mode & bit) === 0) closed.push(folder);
    if (folder === dirname(folder)) return closed;
  }
}
