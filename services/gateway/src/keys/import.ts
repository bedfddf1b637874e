import type { Records } from '@sluice/records';
import { FILE_KEY_ID, HOME_TENANT } from './caller.ts';
import { hashOf } from './key.ts';

/**
 * Puts the key of `admin.key` into the record where it is missing, so that lists show it and its last use is kept. The file alone says what opens the door: an
 * entry of an older file is only a line in a list.
 */
export async function importFileKey(keys: Records['keys'], fileKey: string, nowMs: number): Promise<void> {
  if ((await keys.find(FILE_KEY_ID)) !== null) return;
  await keys.create({
    id: FILE_KEY_ID,
    tenant: HOME_TENANT,
    role: 'admin',
    name: 'admin.key',
    hash: hashOf(fileKey),
    prefix: 'admin.key',
    createdMs: nowMs,
    expiresMs: null,
    lastUsedMs: null,
    revokedMs: null,
    rotatedFrom: null,
  });
}
