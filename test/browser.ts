import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { REPOSITORY } from '@sluice/supervisor';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

const DASHBOARD = join(REPOSITORY, 'packages/dashboard');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** Builds the page as the gateway serves it. */
export async function buildPage(): Promise<void> {
  const vite = join(DASHBOARD, 'node_modules/vite/bin/vite.js');
  // Under jest NODE_ENV is `test`, and React's development build several times as large.
  const env = { ...process.env, NODE_ENV: 'production' };
  await promisify(execFile)(process.execPath, [vite, 'build'], { cwd: DASHBOARD, env });
}

/** Without its sandbox, because tests run as root: it shows no page but our own. */
export function openBrowser(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
  return chromium.launch({ executablePath, args: ['--no-sandbox'] });
}

export interface Visitor {
  context: BrowserContext;
  page: Page;
  /** Every request that did not go to the fleet. */
  strayed: string[];
  /** What the page threw. */
  faults: string[];
}

interface VisitorOptions {
  browser: Browser;
  url: string;
  key: string;
  look?: 'light' | 'dark';
  widthPx?: number;
  /** The page that is wanted; Submit where nothing is said. */
  path?: string;
}

/** Somebody who is signed in by a key. */
export async function signIn({
  browser,
  url,
  key,
  look = 'light',
  widthPx = 1_280,
  path = '/',
}: VisitorOptions): Promise<Visitor> {
  const viewport = { width: widthPx, height: 900 };
  const context = await browser.newContext({ baseURL: url, colorScheme: look, viewport });
  const page = await context.newPage();
  const strayed: string[] = [];
  const faults: string[] = [];
  context.on('request', (request) => {
    if (!request.url().startsWith(`${url}/`) && !/^(data|blob|about):/.test(request.url())) strayed.push(request.url());
  });
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('dialog', (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(`${url}${path}`);
  await page.getByLabel('API key').fill(key);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('navigation', { name: 'Main' }).first().waitFor({ state: 'attached' });
  return { context, page, strayed, faults };
}

/** What axe finds wrong on the page as it is, a line each. */
export async function barriersOf(page: Page): Promise<string[]> {
  const axe = await readFile(createRequire(join(DASHBOARD, 'package.json')).resolve('axe-core/axe.min.js'), 'utf8');
  await page.evaluate(axe);
  const lines = await page.evaluate(
    `axe.run(document, { runOnly: ${JSON.stringify(RULES)} }).then(({ violations }) =>
      violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => id + ': ' + html.slice(0, 200) + ' ' + failureSummary)))`,
  );
  return lines as string[];
}
