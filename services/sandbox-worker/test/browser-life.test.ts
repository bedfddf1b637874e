import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { eventually } from '@sluice/testkit';
import { createLogger } from '@sluice/fleet/service';
import { register } from 'prom-client';
import { createAnyVisitor } from '../src/visitor.ts';
import { browsing, program } from './browsing.ts';
import { html, startSite } from './site.ts';
import { noNames } from './visiting.ts';

const never = new AbortController().signal;

/** The processes that have a text in their command line, and each one's user. */
async function processesWith(text: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      return line.includes(text) ? [(await stat(`/proc/${pid}`).catch(() => null))?.uid ?? -1] : [];
    }),
  );
  return found.flat();
}

describe('the browser of a worker', () => {
  const { serve, open, started, permit } = browsing();
  const page = () => serve(startSite({ '/': html('<title>Home</title>') }));

  test('is started for the first visit, runs without privileges and with its sandbox on, and stop leaves nothing of it', async () => {
    const site = await page();
    const before = started.length;
    const visitor = open();
    expect(started).toHaveLength(before);
    permit();
    expect((await visitor.visit(site.origin, never)).facts.landing?.title).toBe('Home');
    const running = started.at(-1);
    const home = dirname(running?.downloads ?? '');
    const users = await processesWith(home);
    expect(users.length).toBeGreaterThan(0);
    if (process.getuid?.() === 0) expect(new Set(users)).toEqual(new Set([65_534]));
    const line = await readFile(`/proc/${running?.pid}/cmdline`, 'utf8');
    expect(line).not.toContain('--no-sandbox');
    expect(line).toContain('--remote-debugging-pipe');
    await visitor.stop();
    await visitor.stop();
    expect(await processesWith(home)).toEqual([]);
    await expect(stat(home)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('is started again after it was killed during a visit, which is told as worth a repetition', async () => {
    const asked = Promise.withResolvers<void>();
    const site = await serve(startSite({ '/': html('<title>Home</title>'), '/hang': () => asked.resolve() }));
    const visitor = open();
    permit();
    const hanging = visitor.visit(`${site.origin}/hang`, never);
    const outcome = expect(hanging).rejects.toMatchObject({ code: 'browser-gone', disposition: 'retry' });
    await asked.promise;
    const killed = started.at(-1);
    process.kill(killed?.pid ?? 0, 'SIGKILL');
    await outcome;
    expect((await visitor.visit(site.origin, never)).facts.landing?.title).toBe('Home');
    expect(started.at(-1)?.pid).not.toBe(killed?.pid);
    await eventually(async () => expect(await processesWith(dirname(killed?.downloads ?? ''))).toEqual([]));
  });

  test('ends by itself when its worker is killed, and what it left on the disk goes at the next start', async () => {
    const site = await page();
    const host = spawn(process.execPath, [
      fileURLToPath(new URL('browser-host.ts', import.meta.url)),
      site.origin,
      program(),
    ]);
    const [downloads] = (await once(host.stdout, 'data')) as [Buffer];
    const home = dirname(downloads.toString());
    expect((await processesWith(home)).length).toBeGreaterThan(0);
    host.kill('SIGKILL');
    await eventually(async () => expect(await processesWith(home)).toEqual([]));
    permit();
    await open().visit(site.origin, never);
    await expect(stat(home)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('is ended and started anew after its number of visits', async () => {
    const site = await page();
    const visitor = open({}, 1);
    permit();
    const before = started.length;
    for (let count = 0; count < 2; count++) await visitor.visit(site.origin, never);
    const [first, second] = started.slice(before);
    expect(started).toHaveLength(before + 2);
    await eventually(() => first?.gone.aborted === true);
    await eventually(() => second?.gone.aborted === true);
  });

  test('makes several visits at once, each with its own guard log', async () => {
    const sites = await Promise.all([page(), page(), page(), page()]);
    const visitor = open();
    permit();
    const seen = await Promise.all(sites.map(({ origin }) => visitor.visit(origin, never)));
    for (const [at, { facts }] of seen.entries()) {
      expect(facts.landing?.title).toBe('Home');
      expect(new Set(facts.guard.map(({ port }) => port))).toEqual(new Set([sites[at]?.port]));
    }
  });

  test('where it cannot be started is stood in for by a plain client, and the metric says so', async () => {
    const site = await page();
    const { allow, lookup } = { allow: permit(), lookup: noNames };
    const log = createLogger('test', 'test', 'error');
    const options = { allow, lookup, log, searchPath: process.env.PATH ?? '' };
    for (const browser of [{ path: '/bin/false' }, { path: null, why: 'none' }]) {
      const visitor = createAnyVisitor({ ...options, browser });
      const { facts, screenshot } = await visitor.visit(site.origin, never);
      expect(facts).toMatchObject({ by: 'http', landing: { title: 'Home' } });
      expect(screenshot).toBeNull();
      expect(await register.getSingleMetricAsString('sluice_sandbox_browser_up')).toContain(
        'sluice_sandbox_browser_up 0',
      );
      await visitor.stop();
    }
  });
});
