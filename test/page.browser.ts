import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { buildMail, eventually } from '@sluice/testkit';
import type { Page } from 'playwright-core';
import { barriersOf, signIn, type Visitor } from './browser.ts';
import { GOOD, hostileMail, PHISH, richMail } from './page-mails.ts';
import { furnish, makeLetter, type Stop, takePicture, takeShowcase, visit } from './page-tour.ts';
import { multiply, startWorld, type World } from './page-world.ts';

const CORPUS = fileURLToPath(new URL('../../shared/corpus/phish/', import.meta.url));
/** A busy machine needs it. */
const SOON_MS = 60_000;
const FIRST_LOAD_BYTES = 300 * 1_024;
const PICTURE_BYTES = 150 * 1_024;

let world: World;
let visitor: Visitor;

beforeAll(async () => {
  world = await startWorld();
  visitor = await enter();
}, 300_000);
afterAll(() => world.stop(), 90_000);

async function enter(more: Partial<Parameters<typeof signIn>[0]> = {}): Promise<Visitor> {
  const { browser, fleet, key } = world;
  const entered = await signIn({ browser, url: fleet.url, key, ...more });
  entered.page.setDefaultTimeout(SOON_MS);
  return entered;
}

const fileOf = (mail: Uint8Array, name = 'mail.eml') => ({
  name,
  mimeType: 'message/rfc822',
  buffer: Buffer.from(mail),
});

/** Hands files over as a person would. Everything after it happens in the same document. */
async function choose(page: Page, files: ReturnType<typeof fileOf>[]): Promise<void> {
  await page.goto(world.fleet.url);
  await page.evaluate('globalThis.sameDocument = true');
  await chooseHere(page, files);
}

async function chooseHere(page: Page, files: ReturnType<typeof fileOf>[]): Promise<void> {
  const [chooser] = await Promise.all([
    page.waitForEvent('filechooser'),
    page.getByRole('button', { name: 'Choose files' }).click(),
  ]);
  await chooser.setFiles(files);
}

/** Drops a mail and goes to its job. */
async function drop(page: Page, mail: Uint8Array): Promise<string> {
  await choose(page, [fileOf(mail)]);
  return watch(page);
}

async function watch(page: Page): Promise<string> {
  await page
    .getByRole('link', { name: /^Watch/ })
    .first()
    .click();
  await page.waitForURL('**/jobs/*');
  return new URL(page.url()).pathname.split('/')[2] ?? '';
}

const verdict = (page: Page, expected = '\\w+') => page.getByRole('img', { name: new RegExp(`^Verdict ${expected}`) });
const isSameDocument = (page: Page) => page.evaluate('globalThis.sameDocument === true');
const openPage = (page: Page, path: string) => page.goto(`${world.fleet.url}${path}`);

describe('the first load', () => {
  test('of the page for who is signed in stays below 300 KB as it is sent', async () => {
    const { page, context } = await enter();
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

describe('the page', () => {
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
      await openPage(page, '/');
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

  test('comes back by itself when the gateway was killed, and goes on where it was', async () => {
    const { page } = visitor;
    world.fleet.kill('analyzer-worker', 'SIGSTOP');
    await drop(page, PHISH);
    await page
      .getByText(/parsing/)
      .first()
      .waitFor();
    world.fleet.kill('gateway');
    await page.getByText('The stream of events is lost just now').waitFor();
    world.fleet.kill('analyzer-worker');
    await verdict(page, 'malicious').waitFor({ timeout: 150_000 });
    expect(await isSameDocument(page)).toBe(true);
  }, 300_000);

  test('shows how a worker that was killed in mid-task goes silent, and how another one does its task', async () => {
    const { page } = visitor;
    const fleetView = await enter({ path: '/fleet' });
    await fleetView.page.getByText(/^live$/).waitFor();
    const jobId = await drop(
      page,
      buildMail({ subject: 'Slow', html: `<a href="${world.site.origin}/hang">wait</a>` }),
    );
    await eventually(async () => {
      const { workers } = await world.client.stats();
      const doing = workers.flatMap((worker) => worker.doing);
      return doing.some((each) => each.jobId === jobId && each.task.startsWith('sandbox_analysis'));
    }, SOON_MS);
    await page
      .getByText(/sandbox analysis/)
      .first()
      .waitFor();
    world.fleet.kill('sandbox-worker');
    await fleetView.page
      .getByText(/^silent for/)
      .first()
      .waitFor();
    await page.getByRole('link', { name: /^Run/ }).click();
    const task = page.getByRole('row').filter({ hasText: 'sandbox_analysis.visit' });
    await task.getByRole('cell', { name: '2', exact: true }).waitFor({ timeout: 120_000 });
    await verdict(page).waitFor({ timeout: 150_000 });
    expect(await isSameDocument(page)).toBe(true);
    await fleetView.context.close();
  }, 420_000);
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
    const { page, faults, strayed, context } = await enter();
    const jobId = await drop(page, hostileMail(lair));
    await verdict(page).waitFor();
    // What the fleet itself did is not what the page does.
    touched.length = 0;
    for (const part of ['', '/mail', '/links', '/answers', '/indicators', '/run', '/source']) {
      await openPage(page, `/jobs/${jobId}${part}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
    }
    await page.getByRole('button', { name: 'Show the source' }).click();
    await page.getByLabel('Source of the mail').waitFor();
    await openPage(page, `/jobs/${jobId}/mail`);
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

describe('a batch', () => {
  test('has one progress for all its mails, says what was refused, and lists its jobs', async () => {
    const { page, context } = await enter();
    const files = ['one', 'two', 'three'].map((name) => fileOf(GOOD, `${name}.eml`));
    await choose(page, [...files, fileOf(new Uint8Array(), 'empty.eml')]);
    await page.getByText('The file is empty.').waitFor();
    await page.getByText('Batch: 3 of 3 ended').waitFor();
    await page.getByRole('link', { name: 'Watch the batch' }).click();
    await page.getByText('3 clean').waitFor();
    await page.getByRole('link', { name: 'Tulips on Thursday' }).nth(2).waitFor();
    await page.getByRole('button', { name: 'Retry what failed' }).click();
    await page.getByText('Nothing had failed.').waitFor();
    await openPage(page, '/batches');
    await page.getByRole('link', { name: 'one.eml and 2 more' }).waitFor();
    expect(await isSameDocument(page)).toBe(false);
    await context.close();
  }, 180_000);
});

describe('whose page it is', () => {
  test('a foreign tenant sees no job, and not even that there is one; an operator may look at that tenant', async () => {
    const { client } = world;
    const { jobId } = await client.submitMail(PHISH);
    await client.wait(jobId);
    await client.admin.tenants.create({ tenant: 'elsewhere', name: 'Elsewhere' });
    const made = await client.admin.keys.create({ name: 'a stranger', role: 'analyst', tenant: 'elsewhere' });
    const stranger = await enter({ key: made.key });
    const { page } = stranger;
    expect(await page.getByRole('link', { name: 'Dead letters' }).count()).toBe(0);
    expect(await page.getByRole('button', { name: /^Tenant/ }).count()).toBe(0);
    await page.getByRole('link', { name: 'Jobs', exact: true }).first().click();
    await page.getByText('No mail was submitted yet').waitFor();
    for (const path of [`/jobs/${jobId}`, `/jobs/${jobId}?tenant=default`]) {
      await openPage(page, path);
      await page.getByText('There is no such job.').waitFor();
      expect(await page.getByText('Your account has been limited').count()).toBe(0);
    }
    await openPage(page, '/dead-letters');
    await page.getByText('Only admins decide about dead letters').waitFor();
    const own = await drop(page, GOOD);
    await verdict(page, 'clean').waitFor();
    await stranger.context.close();
    const operator = await enter({ path: '/jobs' });
    await operator.page.getByRole('button', { name: /^Tenant/ }).click();
    await operator.page.getByRole('menuitemradio', { name: /Elsewhere/ }).click();
    await operator.page.locator('a[href$="?tenant=elsewhere"]', { hasText: 'Tulips on Thursday' }).click();
    await operator.page.waitForURL(`**/jobs/${own}?tenant=elsewhere`);
    await verdict(operator.page, 'clean').waitFor();
    await operator.context.close();
  }, 240_000);

  test('who signs out leaves nothing behind, and is asked for a key again', async () => {
    const { page, context } = await enter();
    await page.getByRole('button', { name: /account and theme/ }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in to Sluice' }).waitFor();
    await openPage(page, '/jobs');
    await page.getByRole('heading', { name: 'Sign in to Sluice' }).waitFor();
    await context.close();
  }, 120_000);
});

describe('administration', () => {
  test('a webhook is made, tested, looked at and removed', async () => {
    const { page } = visitor;
    await openPage(page, '/admin/webhooks');
    await page.getByRole('button', { name: 'New webhook' }).click();
    await page.getByLabel('Address').fill('https://hooks.nowhere.example/in');
    await page.getByRole('button', { name: 'Make the webhook' }).click();
    await page.getByText(/^whsec_/).waitFor();
    await page.getByRole('button', { name: 'I have it' }).click();
    await page.getByRole('button', { name: /^Deliveries/ }).click();
    await page.getByRole('button', { name: 'Send a test' }).click();
    await page.getByText('webhook.test').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: /^Remove/ }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await page.getByText('Nobody is told yet').waitFor();
  }, 180_000);

  test('a tenant’s plan and what may leave are changed, its provider key is set, and never shown', async () => {
    const { client } = world;
    const { page } = visitor;
    await client.admin.tenants.create({ tenant: 'edited', name: 'To be edited' });
    await openPage(page, '/admin/tenants');
    await page.getByRole('button', { name: 'Edit To be edited' }).click();
    await page.getByLabel('Jobs a day, at most').fill('700');
    await page.getByRole('checkbox', { name: 'amber: look up' }).uncheck();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('700 jobs at most').waitFor();
    await page.getByRole('button', { name: 'Provider keys of To be edited' }).click();
    await page.getByLabel('VirusTotal').fill('a-key-of-its-own');
    await page.getByRole('button', { name: 'Set the key for VirusTotal' }).click();
    await page.getByRole('button', { name: 'Remove the key for VirusTotal' }).waitFor();
    await page.getByRole('button', { name: 'Done' }).click();
    const view = await client.admin.tenants.find('edited');
    expect(view).toMatchObject({
      plan: { jobsPerDay: 700 },
      release: { amber: ['visit'] },
      providerKeys: ['virustotal'],
    });
    expect(await page.content()).not.toContain('a-key-of-its-own');
  }, 180_000);

  test('what is cached is forgotten', async () => {
    const { page } = visitor;
    await openPage(page, '/admin/cache');
    await page.getByLabel('Answer').fill('url:https://a.example/');
    await page.getByRole('button', { name: 'Forget', exact: true }).click();
    await page.getByText('Forgotten, also where nothing was held.').waitFor();
  }, 120_000);
});

describe('a dead letter', () => {
  test('is requeued by a person after a dry run; its report is amended, and what it said before can still be read', async () => {
    const jobId = await makeLetter(world, 'A late answer', '8.8.77.8');
    const { page } = visitor;
    await openPage(page, `/dead-letters?jobId=${jobId}`);
    await page.getByRole('checkbox', { name: 'Choose all open letters' }).check();
    await page.getByText(/\d+ chosen/).waitFor();
    await page.getByRole('region', { name: 'Letters' }).getByRole('button', { name: 'Requeue' }).click();
    await page.getByText(/Dry run:/).waitFor();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^Requeue/ })
      .click();
    await page.getByText(/ordered/).waitFor();
    await page.getByRole('button', { name: 'Done' }).click();
    await openPage(page, `/jobs/${jobId}`);
    await page.getByText(/What revision \d+ says anew/).waitFor({ timeout: 120_000 });
    await page.getByRole('button', { name: /the newest/ }).click();
    await page.getByRole('option', { name: 'Revision 1', exact: true }).click();
    await page.getByText('This is what was known at revision 1.').waitFor();
    expect(await page.getByText(/What revision \d+ says anew/).count()).toBe(0);
  }, 300_000);
});

describe('the list', () => {
  test('has room for 5,000 jobs and draws only those in sight; a search stands in the address', async () => {
    const { client, fleet } = world;
    const { page } = visitor;
    const { jobId } = await client.submitMail(GOOD);
    await client.wait(jobId);
    await eventually(
      async () =>
        (await client.jobs.page({ limit: 5 })).items.some((job) => job.jobId === jobId && job.endedMs !== null),
      SOON_MS,
    );
    await multiply(fleet, jobId, 5_000);
    await openPage(page, '/jobs?text=Mail');
    await page.getByText('Mail 1', { exact: true }).waitFor();
    await eventually(async () => {
      await page.evaluate('scrollTo(0, document.documentElement.scrollHeight)');
      expect(await page.getByText('Mail 5000', { exact: true }).count()).toBe(1);
    }, 180_000);
    expect(await page.getByRole('row').count()).toBeLessThan(80);
    await page.evaluate('scrollTo(0, 0)');
    await page.getByLabel('Subject').fill('Mail 4321');
    await page.keyboard.press('Enter');
    await page.getByText('1 found').waitFor();
    expect(new URL(page.url()).searchParams.get('text')).toBe('Mail 4321');
    await page.reload();
    await page.getByText('Mail 4321', { exact: true }).waitFor();
  }, 360_000);
});

describe('by keyboard alone', () => {
  test('a mail is submitted, its job opened and retried, and a dialog gives the focus back', async () => {
    const failed = await makeLetter(world, 'Minutes', '8.8.77.9');
    const { page, context } = await enter();
    const [chooser] = await Promise.all([
      page.waitForEvent('filechooser'),
      tabTo(page, 'Choose files').then(() => page.keyboard.press('Enter')),
    ]);
    world.fleet.kill('analyzer-worker', 'SIGSTOP');
    await chooser.setFiles([fileOf(GOOD)]);
    await page.getByRole('link', { name: /^Watch/ }).waitFor();
    await tabTo(page, /^Watch/);
    await page.keyboard.press('Enter');
    await page.waitForURL('**/jobs/*');
    await page.getByRole('button', { name: 'Cancel' }).waitFor();
    await tabTo(page, 'Cancel');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await focused(page)).toBe('Cancel');
    world.fleet.kill('analyzer-worker', 'SIGCONT');
    await tabTo(page, 'Jobs');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/jobs');
    await page.getByRole('link', { name: 'Minutes' }).waitFor();
    await tabTo(page, 'Minutes');
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/jobs/${failed}`);
    await page.getByRole('button', { name: 'Retry what failed' }).waitFor();
    await tabTo(page, 'Retry what failed');
    await page.keyboard.press('Enter');
    await page.getByText(/tried again\./).waitFor();
    await context.close();
  }, 300_000);
});

async function focused(page: Page): Promise<string> {
  return String(
    await page.evaluate(
      "document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? ''",
    ),
  ).trim();
}

/** Goes on by Tab, from where the focus is, until what has this name has it. */
async function tabTo(page: Page, name: string | RegExp): Promise<void> {
  for (let press = 0; press < 120; press += 1) {
    await page.keyboard.press('Tab');
    const at = await focused(page);
    if (typeof name === 'string' ? at === name : name.test(at)) return;
  }
  throw new Error(`no way leads to ${String(name)} by Tab`);
}

describe('a tour of all pages', () => {
  let stops: Stop[];
  beforeAll(async () => {
    stops = await furnish(world);
  }, 300_000);

  test.each([
    ['light', 1_440],
    ['light', 390],
    ['dark', 1_440],
    ['dark', 390],
  ] as const)(
    'finds no barrier, and nothing wider than its window: %s, %i points wide',
    async (look, widthPx) => {
      const found: string[] = [];
      const { page, context, faults } = await enter({ look, widthPx });
      for (const stop of stops) {
        await visit(page, world.fleet.url, stop);
        found.push(...(await barriersOf(page)).map((barrier) => `${stop.name}: ${barrier}`));
        const overflow = Number(await page.evaluate('document.documentElement.scrollWidth - innerWidth'));
        if (overflow > 0) found.push(`${stop.name}: ${overflow} px too wide`);
        await takePicture(page, stop, `${look}-${widthPx}`);
      }
      await context.close();
      expect([found, faults]).toEqual([[], []]);
    },
    600_000,
  );

  test.each([
    ['job', 'light'],
    ['jobs', 'light'],
    ['job-links', 'light'],
    ['fleet', 'dark'],
  ] as const)(
    'leaves the picture of %s that the README shows',
    async (name, look) => {
      const stop = stops.find((each) => each.name === name);
      if (stop === undefined) throw new Error('there is no such stop');
      const { page, context } = await enter({ look, widthPx: 1_280 });
      await visit(page, world.fleet.url, stop);
      expect(await takeShowcase(page, stop)).toBeLessThan(PICTURE_BYTES);
      await context.close();
    },
    120_000,
  );
});
