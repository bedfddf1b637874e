import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { ROOT_FOLDER } from './programs.ts';
import { closedAbove, type User } from './reach.ts';

/** Where a server's files lie, and what stands beside the folder that was asked for. */
export interface Place {
  folder: string;
  passwordFile: string;
}

/**
 * The folder that was asked for, where the server's user can come to it. Of its parent that user's group is let through, no further, and only where no other group has a right to
 * it. Is the way closed further up, the files lie below /var/lib/sluice; `<folder>.elsewhere` says where.
 */
export function placeFor(wanted: string, user: User | null): Place {
  const parent = realpathSync(dirname(wanted));
  const own = join(parent, basename(wanted));
  const passwordFile = `${own}.password`;
  const note = `${own}.elsewhere`;
  if (existsSync(note)) return { folder: readFileSync(note, 'utf8').trim(), passwordFile };
  if (user === null || isOpen(own, parent, user)) return { folder: own, passwordFile };
  if (existsSync(own)) throw new Error(`PostgreSQL's user may not pass through ${closedAbove(own, user).join(', ')}`);
  mkdirSync(ROOT_FOLDER, { recursive: true, mode: 0o755 });
  const folder = join(ROOT_FOLDER, `postgres-${createHash('sha256').update(own).digest('hex').slice(0, 16)}`);
  writeFileSync(note, `${folder}\n`, { mode: 0o600 });
  return { folder, passwordFile };
}

function isOpen(own: string, parent: string, user: User): boolean {
  const closed = closedAbove(own, user);
  return closed.length === 0 || (closed.length === 1 && closed[0] === parent && letThrough(parent, user));
}

function letThrough(folder: string, { uid, gid }: User): boolean {
  const { mode, uid: owner } = statSync(folder);
  if (owner === uid || (mode & 0o070) !== 0) return false;
  chownSync(folder, owner, gid);
  chmodSync(folder, (mode & 0o7707) | 0o010);
  return true;
}
