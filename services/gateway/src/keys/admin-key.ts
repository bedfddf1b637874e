import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SluiceError } from '@sluice/contracts';

const FILE = 'admin.key';

/**
 * The key in `admin.key` of the data folder; the first gateway that finds none writes a new one (mode 0600), whole or not at
 * all. Throws `bad-admin-key` where the file holds no key: an empty one would let everybody in.
 */
export async function loadAdminKey(dataDir: string): Promise<string> {
  const path = join(dataDir, FILE);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const held = await read(path);
  const key = held ?? (await write(path));
  if (/^[\x21-\x7e]{16,}$/.test(key)) return key;
  throw new SluiceError(
    'bad-admin-key',
    `${path} holds no key of 16 or more plain characters. Remove it for a new one.`,
  );
}

async function read(path: string): Promise<string | null> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Written aside and linked, so that nobody reads half a key; where another gateway was first, its key counts. */
async function write(path: string): Promise<string> {
  const aside = `${path}.${randomBytes(6).toString('hex')}.part`;
  const fresh = `slu_${randomBytes(24).toString('base64url')}`;
  try {
    await writeFile(aside, `${fresh}\n`, { flag: 'wx', mode: 0o600, flush: true });
    await link(aside, path);
    return fresh;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return (await read(path)) ?? '';
    throw error;
  } finally {
    await rm(aside, { force: true });
  }
}
