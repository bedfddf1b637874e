import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { buildMail, eventually } from '@sluice/testkit';
import type { Visitor } from './browser.ts';
import { GOOD, PHISH } from './page-mails.ts';
import { makeLetter } from './page-tour.ts';
import { fileOf, focused, tabTo } from './page-visit.ts';
import { multiply, SOON_MS, startWorld, type World } from './page-world.ts';

let world: World;
let visitor: Visitor;
beforeAll(async () => {
  world = await startWorld();
  visitor = await world.enter();
}, 300_000);
afterAll(() => world.stop(), 90_000);

describe('a job', () => {
  let jobId: string;
  beforeAll(async () => {
    ({ jobId } = await world.client.submitMail(PHISH));
    await world.client.wait(jobId);
  }, SOON_MS);

  test.each([
    ['Report as JSON', 'json', '"verdict": "malicious"'],
    ['Report as Markdown', 'md', 'malicious'],
    ['Report as a page', 'html', '<html'],
    ['Indicators as a MISP event', 'misp.json', '203.0.113.9'],
    ['The mail itself (hostile)', 'eml', 'Subject: Your account has been limited'],
  ])(
    'is exported: %s',
    async (name, ending, holds) => {
      const { page, strayed } = visitor;
      await page.goto(`/jobs/${jobId}`);
      await page.getByRole('button', { name: 'Export' }).click();
      const [saved] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name }).click()]);
      expect(saved.suggestedFilename()).toBe(`${jobId}.${ending}`);
      expect(await readFile(await saved.path(), 'utf8')).toContain(holds);
      expect(strayed).toEqual([]);
    },
    120_000,
  );

  test('gives its indicators to the clipboard, and none of them is a link there', async () => {
    const { page, context } = visitor;
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.goto(`/jobs/${jobId}`);
    await page.getByRole('button', { name: 'Copy indicators' }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    const copied = String(await page.evaluate('navigator.clipboard.readText()'));
    expect(copied).toContain('# Links\nhxxp://203[.]0[.]113[.]9/login');
    expect(copied).toContain('service[@]paypa1[.]example[.]com');
    expect(copied).not.toMatch(/https?:/);
    await page.goto(`/jobs/${jobId}/indicators`);
    await page.getByRole('button', { name: 'Copy all, defanged' }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(copied);
  }, 120_000);

  test('is corrected by an analyst; that stands beside it, and where the same sender writes again', async () => {
    const { client } = world;
    const { page, faults } = visitor;
    const from = 'Ann Gardener <ann@greenhouse.example>';
    const first = await client.submitMail(buildMail({ from, subject: 'Seeds', text: 'The seeds are here.' }));
    await client.wait(first.jobId);
    await page.goto(`/jobs/${first.jobId}`);
    await page.getByRole('button', { name: 'This verdict is wrong' }).click();
    await page.getByRole('button', { name: /It is/ }).click();
    await page.getByRole('option', { name: 'malicious' }).click();
    await page.getByRole('button', { name: /Category/ }).click();
    await page.getByRole('option', { name: 'scam' }).click();
    await page.getByLabel('Note').fill('Ann has never had seeds.');
    await page.getByRole('button', { name: 'Record it' }).click();
    await page.getByText(/^Recorded\./).waitFor();
    const said = page.getByRole('region', { name: 'What analysts say' });
    await said.getByText('Ann has never had seeds.').waitFor();
    await said.getByText('scam').waitFor();
    const { feedback } = await client.feedback.list(first.jobId);
    expect(feedback).toMatchObject([{ verdict: 'malicious', category: 'scam', note: 'Ann has never had seeds.' }]);
    const second = await client.submitMail(buildMail({ from, subject: 'More', text: 'And here is the soil.' }));
    await client.wait(second.jobId);
    await page.goto(`/jobs/${second.jobId}`);
    const others = said.getByRole('list', { name: 'Of others with the same evidence' });
    await others.getByText('ann@greenhouse.example').waitFor();
    await others
      .getByRole('link', { name: /^judged on/ })
      .first()
      .click();
    await page.waitForURL(`**/jobs/${first.jobId}`);
    await said.getByText('Ann has never had seeds.').waitFor();
    expect(faults).toEqual([]);
  }, 180_000);
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
    await page.goto('/jobs?text=Mail');
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
    const { page, context } = await world.enter();
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
