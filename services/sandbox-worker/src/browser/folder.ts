import { access, chown, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Debian's nobody and nogroup; the database runs as another user. */
const NOBODY = 65_534;
const ROOT_FOLDER = '/var/lib/sluice';
const NAME = /^browser-(\d+)-/;

/** A PDF is a file to be hashed, not a page. */
const PREFERENCES = { plugins: { always_open_pdf_externally: true } };

/** A browser's own folder, which only its user can read: `home`, with `tmp`, `profile` and `downloads` in it. */
export type BrowserFolder = {
  home: string;
  temporary: string;
  downloads: string;
  /** Beside the folder, out of the browser's reach. */
  pidFile: string;
  remove(): Promise<void>;
};

/** Makes a folder for a browser of this process, and removes those that processes which died have left. */
export async function makeBrowserFolder(): Promise<BrowserFolder> {
  const isRoot = process.getuid?.() === 0;
  const parent = isRoot ? ROOT_FOLDER : tmpdir();
  if (isRoot) await mkdir(parent, { recursive: true, mode: 0o755 });
  await removeLeftovers(parent);
  const home = await mkdtemp(join(parent, `browser-${process.pid}-`));
  const inside = ['tmp', 'profile', 'profile/Default', 'downloads'].map((name) => join(home, name));
  for (const folder of inside) await mkdir(folder, { mode: 0o700 });
  const preferences = join(home, 'profile/Default/Preferences');
  await writeFile(preferences, JSON.stringify(PREFERENCES), { mode: 0o600 });
  if (isRoot) for (const path of [home, ...inside, preferences]) await chown(path, NOBODY, NOBODY);
  const pidFile = `${home}.pid`;
  const remove = async () => {
    await rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    await rm(pidFile, { force: true });
  };
  return { home, temporary: join(home, 'tmp'), downloads: join(home, 'downloads'), pidFile, remove };
}

async function removeLeftovers(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const pid = NAME.exec(name)?.[1];
    if (pid === undefined || (await isThere(`/proc/${pid}`))) continue;
    // Another process may be removing it too.
    await rm(join(parent, name), { recursive: true, force: true }).catch(() => undefined);
  }
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
