import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Visitor } from './browser.ts';
import { GOOD, PHISH, richMail } from './page-mails.ts';
import { choose, chooseHere, drop, fileOf, isSameDocument, openSubmit, verdict, watch } from './page-visit.ts';
import { startWorld, type World } from './page-world.ts';

const CORPUS = fileURLToPath(new URL('../../shared/corpus/phish/', import.meta.url));
const FIRST_LOAD_BYTES = 300 * 1_024;

let world: World;
let visitor: Visitor;
beforeAll(async () => {
  world = await startWorld();
  visitor = await world.enter();
}, 300_000);
afterAll(() => world.stop(), 90_000);

describe('the first load', () => {
  test('of the page for who is signed in stays below 300 KB as it is sent', async () => {
    const { page, context } = await world.enter();
    const cold = await context.browser()?.newContext();
    if (cold === undefined) throw new Error('there is no browser');
    await cold.addCookies(await context.cookies());
    const first = await cold.newPage();
    const session = await cold.newCDPSession(first);
    await session.send('Network.enable');
    let bytes = 0;
    session.on('Network.loadingFinished', ({ encodedDataLength }) => (bytes += encodedDataLength));
    await first.goto(world.fleet.url);
    await first.getByRole('button', { name: 'Choose files' }).waitFor();
    await first.waitForLoadState('networkidle');
    expect(bytes).toBeGreaterThan(50 * 1_024);
    expect(bytes).toBeLessThan(FIRST_LOAD_BYTES);
    await cold.close();
    await page.close();
    await context.close();
  }, 120_000);
});

describe('a mail', () => {
  test('shows a dropped mail from its stages to its verdict and reasons without a reload', async () => {
    const { page, faults, strayed } = visitor;
    await drop(page, richMail(world.site.origin));
    await page.getByRole('heading', { name: 'Pipeline' }).waitFor();
    await verdict(page, 'malicious').waitFor();
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toContain('Your parcel is on hold');
    await page.getByRole('heading', { name: 'Reasons' }).waitFor();
    expect(await page.getByText('A link leads to a false login page').count()).toBeGreaterThan(0);
    await page.getByRole('link', { name: /^Links/ }).click();
    await page.getByText('sent on by a script').waitFor();
    await page
      .getByRole('button', { name: /^Screenshot of/ })
      .first()
      .waitFor();
    await page.getByRole('link', { name: 'Mail', exact: true }).click();
    await page.getByText('Where answers go.').waitFor();
    await page.getByText(/^A mail:/).waitFor();
    expect(await isSameDocument(page)).toBe(true);
    expect([faults, strayed]).toEqual([[], []]);
  }, 180_000);

  const onCorpus = existsSync(CORPUS) ? test : test.skip;
  onCorpus(
    'shows a real mail, of which nothing may leave, in the same way',
    async () => {
      const { page, faults, strayed } = visitor;
      const [name = ''] = (await readdir(CORPUS)).toSorted();
      await page.goto('/');
      await page.evaluate('globalThis.sameDocument = true');
      await page.getByRole('button', { name: /How far it may travel/ }).click();
      await page.getByRole('option', { name: /^TLP:RED/ }).click();
      await chooseHere(page, [fileOf(await readFile(`${CORPUS}${name}`))]);
      const jobId = await watch(page);
      await verdict(page).waitFor();
      await page
        .getByText('What was left out on purpose')
        .or(page.getByText('What was not examined'))
        .first()
        .waitFor();
      const { visits } = await world.client.report(jobId);
      expect(visits.filter(({ facts }) => facts !== null)).toEqual([]);
      await page.getByRole('link', { name: 'Mail', exact: true }).click();
      await page.getByRole('heading', { name: 'Headers' }).waitFor();
      expect(await isSameDocument(page)).toBe(true);
      expect([faults, strayed]).toEqual([[], []]);
    },
    180_000,
  );
});

describe('several mails', () => {
  test('that are dropped on the page, as files of the desktop are, are all judged', async () => {
    const { page, context, faults } = await world.enter();
    const folder = await mkdtemp(join(tmpdir(), 'sluice-drop-'));
    const mails = { 'tulips.eml': GOOD, 'account.eml': PHISH };
    const files = Object.keys(mails).map((name) => join(folder, name));
    await Promise.all(Object.entries(mails).map(([name, mail]) => writeFile(join(folder, name), mail)));
    await openSubmit(page);
    const zone = await page.getByText('Drop mails here').boundingBox();
    if (zone === null) throw new Error('there is nowhere to drop a mail');
    const session = await context.newCDPSession(page);
    for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
      const data = { items: [], files, dragOperationsMask: 1 };
      await session.send('Input.dispatchDragEvent', { type, x: zone.x + 10, y: zone.y + 10, data });
    }
    await page.getByText('2 of 2 mails handed over').waitFor();
    await page.getByText('Batch: 2 of 2 ended').waitFor();
    const fate = (name: string) => page.getByRole('listitem').filter({ hasText: name });
    await fate('tulips.eml').getByText('clean').waitFor();
    await fate('account.eml').getByText('malicious').waitFor();
    expect([await isSameDocument(page), faults]).toEqual([true, []]);
    await context.close();
    await rm(folder, { recursive: true });
  }, 180_000);
});

describe('a batch', () => {
  test('has one progress for all its mails, says what was refused, and lists its jobs', async () => {
    const { page, context } = await world.enter();
    const files = ['one', 'two', 'three'].map((name) => fileOf(GOOD, `${name}.eml`));
    await choose(page, [...files, fileOf(new Uint8Array(), 'empty.eml')]);
    await page.getByText('The file is empty.').waitFor();
    await page.getByText('Batch: 3 of 3 ended').waitFor();
    await page.getByRole('link', { name: 'Watch the batch' }).click();
    await page.getByText('3 clean').waitFor();
    await page.getByRole('link', { name: 'Tulips on Thursday' }).nth(2).waitFor();
    await page.getByRole('button', { name: 'Retry what failed' }).click();
    await page.getByText('Nothing had failed.').waitFor();
    await page.goto('/batches');
    await page.getByRole('link', { name: 'one.eml and 2 more' }).waitFor();
    expect(await isSameDocument(page)).toBe(false);
    await context.close();
  }, 180_000);
});
