// One bootstrap at a time changes the machine: a lock folder, whose owner stands inside with its process id and start time.
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { stopStatus } from './children.mjs';
import { Refusal, say } from './words.mjs';

const PAUSE_MS = 200;
/** Between making the folder and naming its owner lie microseconds; a folder without an owner for longer was left behind. */
const NAMELESS_MS = 5_000;

/** Runs `work` while no other bootstrap of this clone holds the lock. A lock whose owner is dead is taken over. */
export async function withLock(folder, work) {
  await takeLock(folder);
  const release = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

async function takeLock(folder) {
  mkdirSync(dirname(folder), { recursive: true });
  let told = false;
  for (;;) {
    if (tryLock(folder)) return;
    if (isStale(folder)) {
      bury(folder);
      continue;
    }
    if (!told) say('waiting for another set-up of this clone to finish');
    told = true;
    await wait(PAUSE_MS);
    if (stopStatus() !== null) throw new Refusal('stopped while waiting for another set-up');
  }
}

function tryLock(folder) {
  try {
    mkdirSync(folder);
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw new Refusal(`${dirname(folder)} cannot be written: ${error.message}`);
  }
  writeFileSync(join(folder, 'owner'), `${process.pid} ${startTime(process.pid)}`);
  return true;
}

function readOwner(folder) {
  try {
    return readFileSync(join(folder, 'owner'), 'utf8');
  } catch {
    return '';
  }
}

function isStale(folder) {
  const [pid, started] = readOwner(folder).split(' ');
  if (!pid || started === undefined) return ageMs(folder) > NAMELESS_MS;
  return startTime(Number(pid)) !== started;
}

/** Moves a stale lock away before removing it: of two that find it stale, one fails to move it and tries again. */
function bury(folder) {
  const grave = `${folder}.${process.pid}`;
  try {
    renameSync(folder, grave);
  } catch {
    return;
  }
  if (isStale(grave)) rmSync(grave, { recursive: true, force: true });
  else renameSync(grave, folder);
}

function ageMs(folder) {
  try {
    return Date.now() - statSync(folder).ctimeMs;
  } catch {
    return 0;
  }
}

/** The moment a process started, in ticks since boot; `alive` where the system has no /proc; null when there is none such. */
function startTime(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return process.platform === 'linux' || !isAlive(pid) ? null : 'alive';
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
