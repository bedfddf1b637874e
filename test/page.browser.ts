import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Client } from '@sluice/client';
import type { Fleet } from '@sluice/supervisor';
import { buildMail, eventually, type SimulatedProviders, startProviders } from '@sluice/testkit';
import type { Browser, Page } from 'playwright-core';
import { barriersOf, buildPage, openBrowser, signIn, type Visitor } from './browser.ts';
import { clientOf, makeFolder, removeFolder, startHouse } from './fleets.ts';

const PROVIDERS = ['virustotal', 'abuseipdb', 'urlscan', 'shodan', 'gemini'] as const;
const PHISH = buildMail({
  from: '"PayPal Support" <service@paypa1.example.com>',
  subject: 'Your account has been limited',
  html: '<p>Dear customer, confirm your password within 24 hours.</p><a href="http://203.0.113.9/login">https://www.paypal.com/login</a>',
});

let dataDir: string;
let fleet: Fleet;
let client: Client;
let providers: SimulatedProviders;
let browser: Browser;
let key: string;
let visitor: Visitor;

beforeAll(async () => {
  const freely = Object.fromEntries(PROVIDERS.map((name) => [name, { limits: [] }]));
  [dataDir, providers] = await Promise.all([makeFolder(), startProviders(freely), buildPage()]);
  const quotas = Object.fromEntries(PROVIDERS.map((name) => [`${name.toUpperCase()}_QUOTA`, '1000/s']));
  // No link is opened, and nothing is tried again by itself before a person asks for it.
  const quiet = { SANDBOX_MAX_VISITS: '0', MAIL_AUTH_DNS: 'off', RETRY_BACKOFF_BASE_SECONDS: '3600' };
  fleet = await startHouse(dataDir, { ...providers.env, ...quotas, ...quiet });
  client = await clientOf(dataDir, fleet.url);
  key = (await readFile(join(dataDir, 'admin.key'), 'utf8')).trim();
  browser = await openBrowser();
  visitor = await signIn({ browser, url: fleet.url, key });
}, 240_000);
afterAll(async () => {
  await browser.close();
  await fleet.stop();
  await Promise.all([providers.stop(), removeFolder(dataDir)]);
}, 60_000);

/** Drops a mail as a person would, and goes to its job. Everything after it happens in the same document. */
async function drop(page: Page, mail: Uint8Array): Promise<string> {
  await page.goto(fleet.url);
  await page.evaluate('globalThis.sameDocument = true');
  const [chooser] = await Promise.all([
    page.waitForEvent('filechooser'),
    page.getByRole('button', { name: 'Choose files' }).click(),
  ]);
  await chooser.setFiles({ name: 'mail.eml', mimeType: 'message/rfc822', buffer: Buffer.from(mail) });
  await page.getByRole('link', { name: 'Watch' }).click();
  await page.waitForURL('**/jobs/*');
  return new URL(page.url()).pathname.split('/')[2] ?? '';
}

const dial = (page: Page, verdict: string) => page.getByRole('img', { name: new RegExp(`Verdict ${verdict}`) });
const isSameDocument = (page: Page) => page.evaluate('globalThis.sameDocument === true');

describe('the page', () => {
  test('shows a dropped mail from its stages to its verdict and reasons without a reload', async () => {
    const { page, faults, strayed } = visitor;
    await drop(page, PHISH);
    await page.getByRole('heading', { name: 'Pipeline' }).waitFor();
    await dial(page, 'malicious').waitFor({ timeout: 60_000 });
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Your account has been limited');
    await page.getByRole('heading', { name: 'Reasons' }).waitFor();
    expect(await page.getByText('A link shows one address and leads to another').count()).toBeGreaterThan(0);
    expect(await isSameDocument(page)).toBe(true);
    expect([faults, strayed]).toEqual([[], []]);
  }, 90_000);

  test('comes back by itself when the gateway was killed, and goes on where it was', async () => {
    const { page } = visitor;
    fleet.kill('analyzer-worker', 'SIGSTOP');
    await drop(page, PHISH);
    await page
      .getByText(/parsing/)
      .first()
      .waitFor();
    fleet.kill('gateway');
    await page.getByText('The stream of events is lost just now').waitFor({ timeout: 30_000 });
    fleet.kill('analyzer-worker');
    await dial(page, 'malicious').waitFor({ timeout: 120_000 });
    expect(await isSameDocument(page)).toBe(true);
  }, 180_000);
});

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
    const { page, faults, strayed } = visitor;
    const html = [
      `<script>fetch('${lair}/script'); alert(1)</script><svg onload="fetch('${lair}/svg')"><image href="${lair}/image"/></svg>`,
      `<style>@import url(${lair}/import); body { background: url(${lair}/style) }</style><link rel="stylesheet" href="${lair}/sheet">`,
      `<link rel="dns-prefetch preconnect" href="${lair}"><base href="${lair}/"><meta http-equiv="refresh" content="0;url=${lair}/refresh">`,
      `<img src="${lair}/img" srcset="${lair}/set 2x" onerror="alert(2)"><iframe src="${lair}/frame" srcdoc="<script>alert(3)</script>"></iframe>`,
      `<form action="${lair}/form"><input autofocus onfocus="alert(4)"><button>Go</button></form><video autoplay src="${lair}/video"></video>`,
      `<div style="position:fixed;inset:0;background:url(${lair}/background)">cover</div><object data="${lair}/object"></object>`,
      `<a href="${lair}/link" ping="${lair}/ping" target="_top">press me</a> <a href="javascript:alert(5)">and me</a><p>\u202Eright\u202C zero\u200Bwidth</p>`,
      '<div>'.repeat(2_000),
      'x'.repeat(300_000),
    ];
    const subject = 'Hi <script>alert(6)</script><img src=x onerror=alert(7)>\u202Efdp.exe';
    const jobId = await drop(page, buildMail({ subject, html: html.join('\n') }));
    await page.getByRole('img', { name: /^Verdict/ }).waitFor({ timeout: 60_000 });
    // What the fleet itself did is not what the page does.
    touched.length = 0;
    for (const part of ['', '/mail', '/links', '/indicators', '/run', '/source']) {
      await page.goto(`${fleet.url}/jobs/${jobId}${part}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
    }
    await page.getByRole('button', { name: 'Show the source' }).click();
    await page.getByLabel('Source of the mail').waitFor();
    await page.goto(`${fleet.url}/jobs/${jobId}/mail`);
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
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toContain('<script>alert(6)</script>');
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toContain('U+202E');
    expect(page.url()).toContain(jobId);
    expect([strayed, faults, touched]).toEqual([[], [], []]);
  }, 120_000);
});

describe('whose page it is', () => {
  test('a foreign tenant sees no job, and not even that there is one', async () => {
    const { jobId } = await client.submitMail(PHISH);
    await client.wait(jobId);
    await client.admin.tenants.create({ tenant: 'elsewhere', name: 'Elsewhere' });
    const made = await client.admin.keys.create({ name: 'a stranger', role: 'analyst', tenant: 'elsewhere' });
    const { page, context } = await signIn({ browser, url: fleet.url, key: made.key });
    expect(await page.getByRole('link', { name: 'Dead letters' }).count()).toBe(0);
    await page.getByRole('link', { name: 'Jobs', exact: true }).first().click();
    await page.getByText('No mail was submitted yet').waitFor();
    await page.goto(`${fleet.url}/jobs/${jobId}`);
    await page.getByText('There is no such job.').waitFor();
    expect(await page.getByText('Your account has been limited').count()).toBe(0);
    await page.goto(`${fleet.url}/dead-letters`);
    await page.getByText('Only admins decide about dead letters').waitFor();
    await context.close();
  }, 90_000);

  test('who signs out leaves nothing behind, and is asked for a key again', async () => {
    const { page, context } = await signIn({ browser, url: fleet.url, key });
    await page.getByRole('button', { name: /account and theme/ }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in to Sluice' }).waitFor();
    await page.goto(`${fleet.url}/jobs`);
    await page.getByRole('heading', { name: 'Sign in to Sluice' }).waitFor();
    await context.close();
  }, 60_000);
});

describe('a dead letter', () => {
  test('is requeued by a person after a dry run, and its report is amended before the eyes of who watches', async () => {
    providers.shodan.behave('down');
    const html = '<a href="http://192.0.2.77/x">x</a>';
    const headers = {
      Received: 'from a.example.com (unknown [8.8.77.8]) by mx.example.net; Mon, 02 Nov 2026 10:00:00 +0000',
    };
    const { jobId } = await client.submitMail(buildMail({ subject: 'A late answer', html, headers }));
    await client.wait(jobId);
    await eventually(async () => {
      const { items } = await client.admin.deadLetters.page({ jobId });
      expect(items.length).toBeGreaterThan(0);
    }, 60_000);
    providers.shodan.behave('well');
    const { page } = visitor;
    await page.goto(`${fleet.url}/dead-letters?jobId=${jobId}`);
    await page.getByRole('checkbox', { name: 'Choose all open letters' }).check();
    await page.getByText(/\d+ chosen/).waitFor();
    await page.getByRole('group', { name: 'Letters' }).waitFor();
    await page.getByRole('region', { name: 'Letters' }).getByRole('button', { name: 'Requeue' }).click();
    await page.getByText(/Dry run:/).waitFor();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^Requeue/ })
      .click();
    await page.getByText(/ordered/).waitFor();
    await page.getByRole('button', { name: 'Done' }).click();
    await page.goto(`${fleet.url}/jobs/${jobId}`);
    await page.getByText(/What revision \d+ says anew/).waitFor({ timeout: 90_000 });
  }, 180_000);
});

describe('the list', () => {
  test('has room for 5,000 jobs and draws only those in sight', async () => {
    const { page } = visitor;
    const [sample] = (await client.jobs.page({ limit: 1 })).items;
    const all = Array.from({ length: 5_000 }, (_, at) => ({
      ...sample,
      jobId: `01890000-0000-7000-8000-${String(at).padStart(12, '0')}`,
      createdMs: 1_700_000_000_000 - at * 1_000,
      subject: `Mail ${at}`,
    }));
    await page.route('**/api/pipeline/jobs?*', (route) => {
      const from = Number(new URL(route.request().url()).searchParams.get('cursor') ?? 0);
      const next = from + 500 < all.length ? String(from + 500) : null;
      return route.fulfill({ json: { v: 1, items: all.slice(from, from + 500), next } });
    });
    await page.goto(`${fleet.url}/jobs?text=Mail`);
    await page.getByText('Mail 0', { exact: true }).waitFor();
    await eventually(async () => {
      await page.evaluate('scrollTo(0, document.documentElement.scrollHeight)');
      expect(await page.getByText('Mail 4999', { exact: true }).count()).toBe(1);
    }, 60_000);
    expect(await page.getByRole('row').count()).toBeLessThan(80);
    await page.unroute('**/api/pipeline/jobs?*');
  }, 120_000);
});

describe.each(['light', 'dark'] as const)('in %s', (look) => {
  test('no page has a barrier that axe can find, wide or narrow, and none is wider than its window', async () => {
    const { items } = await client.jobs.page({ text: 'account has been limited' });
    const job = `/jobs/${items[0]?.jobId}`;
    const parts = ['', '/mail', '/links', '/answers', '/indicators', '/run', '/source'].map((part) => `${job}${part}`);
    const admin = ['', '/tenants', '/addresses', '/quotas', '/audit'].map((part) => `/admin${part}`);
    const found: string[] = [];
    for (const widthPx of [1_280, 360]) {
      const { page, context } = await signIn({ browser, url: fleet.url, key, look, widthPx });
      for (const path of ['/', '/jobs', ...parts, '/fleet', '/dead-letters', ...admin, '/nowhere']) {
        await page.goto(`${fleet.url}${path}`);
        await page.getByRole('heading', { level: 1 }).waitFor();
        await page.waitForLoadState('networkidle', { timeout: 8_000 }).catch(() => undefined);
        found.push(...(await barriersOf(page)).map((barrier) => `${path} at ${widthPx}: ${barrier}`));
        const overflow = Number(await page.evaluate('document.documentElement.scrollWidth - innerWidth'));
        if (overflow > 0) found.push(`${path} at ${widthPx}: ${overflow} px too wide`);
      }
      await context.close();
    }
    expect(found).toEqual([]);
  }, 300_000);
});
