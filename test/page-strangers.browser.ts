import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { GOOD, hostileMail, PHISH } from './page-mails.ts';
import { drop, verdict } from './page-visit.ts';
import { startWorld, type World } from './page-world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
}, 300_000);
afterAll(() => world.stop(), 90_000);

describe('a hostile mail', () => {
  let trap: Server;
  let touched: string[];
  let lair: string;
  beforeAll(async () => {
    touched = [];
    trap = createServer((request, response) => {
      touched.push(request.url ?? '');
      response.end();
    });
    await new Promise<void>((resolve) => trap.listen(0, '127.0.0.1', resolve));
    lair = `http://127.0.0.1:${(trap.address() as AddressInfo).port}`;
  });
  afterAll(() => new Promise((resolve) => trap.close(resolve)));

  test('is shown harmless: nothing runs, nothing is loaded, links lead nowhere, and what cannot be seen is named', async () => {
    const { page, faults, strayed, context } = await world.enter();
    const jobId = await drop(page, hostileMail(lair));
    await verdict(page).waitFor();
    // What the fleet itself did is not what the page does.
    touched.length = 0;
    for (const part of ['', '/mail', '/links', '/answers', '/indicators', '/run', '/source']) {
      await page.goto(`/jobs/${jobId}${part}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
    }
    await page.getByRole('button', { name: 'Show the source' }).click();
    await page.getByLabel('Source of the mail').waitFor();
    await page.goto(`/jobs/${jobId}/mail`);
    const frame = page.frameLocator('iframe');
    await frame.getByText('press me').click();
    await frame.getByText('and me').click();
    await frame.getByText('Go', { exact: true }).click();
    const held: { tags: string[]; attributes: string[]; text: string } = await page.evaluate(`(() => {
      const { body } = document.querySelector('iframe').contentDocument;
      const all = [...body.querySelectorAll('*')];
      return {
        tags: [...new Set(all.map(({ localName }) => localName))],
        attributes: all.flatMap(({ attributes }) => [...attributes].map(({ name }) => name)),
        text: body.textContent,
      };
    })()`);
    expect(held.tags.filter((tag) => !['div', 'p', 'span'].includes(tag))).toEqual([]);
    expect(held.attributes.filter((name) => /^on|src|href|action|ping|data/.test(name))).toEqual([]);
    expect(held.text).toContain('[U+202E]right');
    expect(held.text).toContain('zero[U+200B]width');
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toContain('<script>alert(6)</script>');
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toContain('U+202E');
    expect(page.url()).toContain(jobId);
    expect([strayed, faults, touched]).toEqual([[], [], []]);
    await context.close();
  }, 240_000);
});

describe('whose page it is', () => {
  test('a foreign tenant sees no job, and not even that there is one; an operator may look at that tenant', async () => {
    const { client } = world;
    const { jobId } = await client.submitMail(PHISH);
    await client.wait(jobId);
    await client.admin.tenants.create({ tenant: 'elsewhere', name: 'Elsewhere' });
    const made = await client.admin.keys.create({ name: 'a stranger', role: 'analyst', tenant: 'elsewhere' });
    const stranger = await world.enter({ key: made.key });
    const { page } = stranger;
    expect(await page.getByRole('link', { name: 'Dead letters' }).count()).toBe(0);
    expect(await page.getByRole('button', { name: /^Tenant/ }).count()).toBe(0);
    await page.getByRole('link', { name: 'Jobs', exact: true }).first().click();
    await page.getByText('No mail was submitted yet').waitFor();
    for (const path of [`/jobs/${jobId}`, `/jobs/${jobId}?tenant=default`]) {
      await page.goto(path);
      await page.getByText('There is no such job.').waitFor();
      expect(await page.getByText('Your account has been limited').count()).toBe(0);
    }
    await page.goto('/dead-letters');
    await page.getByText('Only admins decide about dead letters').waitFor();
    const own = await drop(page, GOOD);
    await verdict(page, 'clean').waitFor();
    await stranger.context.close();
    const operator = await world.enter({ path: '/jobs' });
    await operator.page.getByRole('button', { name: /^Tenant/ }).click();
    await operator.page.getByRole('menuitemradio', { name: /Elsewhere/ }).click();
    await operator.page.locator('a[href$="?tenant=elsewhere"]', { hasText: 'Tulips on Thursday' }).click();
    await operator.page.waitForURL(`**/jobs/${own}?tenant=elsewhere`);
    await verdict(operator.page, 'clean').waitFor();
    await operator.context.close();
  }, 240_000);

  test('who signs out leaves nothing behind, and is asked for a key again', async () => {
    const { page, context } = await world.enter();
    await page.getByRole('button', { name: /account and theme/ }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in to Sluice' }).waitFor();
    await page.goto('/jobs');
    await page.getByRole('heading', { name: 'Sign in to Sluice' }).waitFor();
    await context.close();
  }, 120_000);
});
