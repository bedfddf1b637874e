import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Fleet } from '@sluice/supervisor';
import type { Browser } from 'playwright-core';
import { buildPage, openBrowser, signIn } from './browser.ts';
import { makeFolder, removeFolder, startHouse } from './fleets.ts';
import { PHISH } from './page-mails.ts';

/** The short form: all the rest of the page is driven by `npm run test:page`. */
let dataDir: string;
let fleet: Fleet;
let browser: Browser;

beforeAll(async () => {
  dataDir = await makeFolder();
  [fleet, browser] = await Promise.all([
    startHouse(dataDir, { SANDBOX_MAX_VISITS: '0', MAIL_AUTH_DNS: 'off' }),
    openBrowser(),
    buildPage(),
  ]);
}, 240_000);
afterAll(async () => {
  await browser.close();
  await fleet.stop();
  await removeFolder(dataDir);
}, 60_000);

test('a person signs in, hands a mail over on the page and sees its verdict, and nothing but the fleet was asked', async () => {
  const key = (await readFile(join(dataDir, 'admin.key'), 'utf8')).trim();
  const { page, faults, strayed } = await signIn({ browser, url: fleet.url, key });
  const [chooser] = await Promise.all([
    page.waitForEvent('filechooser'),
    page.getByRole('button', { name: 'Choose files' }).click(),
  ]);
  await chooser.setFiles({ name: 'mail.eml', mimeType: 'message/rfc822', buffer: Buffer.from(PHISH) });
  await page.getByRole('link', { name: /^Watch/ }).click();
  await page.getByRole('img', { name: /^Verdict malicious/ }).waitFor({ timeout: 90_000 });
  expect([faults, strayed]).toEqual([[], []]);
}, 150_000);
