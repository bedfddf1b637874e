import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openRecords } from '../src/index.ts';
import { findPostgres, preparePostgres, startPostgres } from '../src/server/index.ts';
import { reachable } from '../src/server/programs.ts';
import { type Bench, CARELESS, codeOf, makeBench } from './servers.ts';

const isRoot = process.getuid?.() === 0;

let bench: Bench;
beforeAll(async () => {
  bench = await makeBench();
});
afterAll(() => bench.clear());

async function ping(url: string): Promise<string> {
  const records = openRecords({ url, onError: () => undefined });
  try {
    return await codeOf(records.ping());
  } finally {
    await records.close();
  }
}

describe('the server', () => {
  test('is not root, listens on loopback behind a password, and keeps that to its owner', async () => {
    const { pid, url } = bench.server;
    if (isRoot) expect(statSync(`/proc/${pid}`).uid).not.toBe(0);
    const { password } = new URL(url);
    expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).toContain('listen_addresses=127.0.0.1');
    expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).not.toContain(password);
    expect(statSync(join(bench.dir, 'postgres.password')).mode & 0o777).toBe(0o600);
    expect(statSync(join(bench.dir, 'postgres')).mode & 0o077).toBe(0);
    expect(await ping(url.replace(password, ''))).toBe('record-away');
    expect(await ping(url)).toBe('none');
  });

  test('that is killed starts again at once, on the same files', async () => {
    const before = bench.server.pid;
    const url = await bench.server.createDatabase();
    await bench.server.crash();
    bench.server = await bench.start({ port: Number(new URL(url).port) });
    expect(bench.server.pid).not.toBe(before);
    expect(await ping(url)).toBe('none');
  });

  test('gets a new password when its file was lost, and the old one opens nothing', async () => {
    const { url } = bench.server;
    await bench.server.stop();
    await bench.server.stop();
    rmSync(join(bench.dir, 'postgres.password'));
    bench.server = await bench.start({ port: Number(new URL(url).port) });
    expect(new URL(bench.server.url).password).not.toBe(new URL(url).password);
    expect(await ping(bench.server.url)).toBe('none');
    expect(await ping(url)).toBe('record-away');
  });

  test('does not touch files of another version, and says what to do', async () => {
    const programs = { ...(findPostgres() ?? { initdb: '', postgres: '' }), major: '19' };
    const prepared = preparePostgres({ folder: join(bench.dir, 'postgres'), programs });
    await expect(prepared).rejects.toThrow(/is of PostgreSQL 18, and this is 19\. Move it over with .*pg_dump/);
  });

  test('is refused with its last words where its port is in use', async () => {
    const port = Number(new URL(bench.server.url).port);
    const dir = await mkdtemp(join(tmpdir(), 'sluice-records-'));
    try {
      const start = startPostgres({ folder: join(dir, 'postgres'), settings: CARELESS, port });
      await expect(start).rejects.toThrow(/could not bind .*Address already in use/s);
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  });

  test('is not there on a machine for which npm brought none', async () => {
    expect(findPostgres('plan9-mips')).toBeNull();
    await expect(preparePostgres({ folder: '/nowhere/postgres', programs: null })).rejects.toThrow(
      'npm brought no PostgreSQL',
    );
  });
});

(isRoot ? describe : describe.skip)('where its user may not pass', () => {
  test('through the data folder alone, that user and nobody else is let through', () => {
    const stat = statSync(bench.dir);
    expect(stat.mode & 0o777).toBe(0o710);
    expect(stat.gid).toBe(statSync(join(bench.dir, 'postgres')).gid);
  });

  test('further up, its files lie below /var/lib/sluice, and are found again', async () => {
    const top = await mkdtemp(join(tmpdir(), 'sluice-records-'));
    const folder = join(top, 'data', 'postgres');
    mkdirSync(dirname(folder), { mode: 0o700 });
    let elsewhere = '';
    try {
      const first = await startPostgres({ folder, settings: CARELESS });
      elsewhere = first.folder;
      expect(dirname(elsewhere)).toBe('/var/lib/sluice');
      expect(readFileSync(`${folder}.elsewhere`, 'utf8').trim()).toBe(elsewhere);
      const url = await first.createDatabase();
      await first.stop();
      const second = await startPostgres({ folder, settings: CARELESS, port: Number(new URL(url).port) });
      expect([second.folder, await ping(url)]).toEqual([elsewhere, 'none']);
      await second.stop();
      expect([statSync(top).mode & 0o777, statSync(dirname(folder)).mode & 0o777]).toEqual([0o700, 0o700]);
    } finally {
      rmSync(elsewhere, { recursive: true, force: true });
      await rm(top, { recursive: true, force: true });
    }
  });

  test('through the house, the programs are copied once', async () => {
    const top = await mkdtemp(join(tmpdir(), 'sluice-records-'));
    const version = `99.${process.pid}`;
    const copy = `/var/lib/sluice/postgresql-${version}`;
    const bin = join(top, 'native/bin');
    try {
      mkdirSync(bin, { recursive: true });
      writeFileSync(join(top, 'package.json'), JSON.stringify({ version }));
      for (const name of ['initdb', 'postgres']) writeFileSync(join(bin, name), name, { mode: 0o755 });
      const programs = { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres'), major: '99' };
      const user = { uid: 1, gid: 1 };
      expect(reachable(programs, null)).toBe(programs);
      const copied = { initdb: `${copy}/bin/initdb`, postgres: `${copy}/bin/postgres`, major: '99' };
      expect(reachable(programs, user)).toEqual(copied);
      expect(reachable(programs, user)).toEqual(copied);
      expect(readFileSync(copied.postgres, 'utf8')).toBe('postgres');
      expect(statSync(copied.postgres).mode & 0o755).toBe(0o755);
      chmodSync(top, 0o755);
      expect(reachable(programs, user)).toBe(programs);
      expect(existsSync(copy)).toBe(true);
    } finally {
      rmSync(copy, { recursive: true, force: true });
      await rm(top, { recursive: true, force: true });
    }
  });
});
