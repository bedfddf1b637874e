import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '@sluice/testkit';
import { createClient } from '@sluice/client';
import type { Visitor } from './browser.ts';
import { GOOD } from './page-mails.ts';
import { makeLetter } from './page-tour.ts';
import { focused, tabTo } from './page-visit.ts';
import { SOON_MS, startWorld, type World } from './page-world.ts';

let world: World;
let visitor: Visitor;
beforeAll(async () => {
  world = await startWorld();
  visitor = await world.enter();
}, 300_000);
afterAll(() => world.stop(), 90_000);

describe('administration', () => {
  test('a webhook is made, tested, looked at and removed', async () => {
    const { page } = visitor;
    await page.goto('/admin/webhooks');
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
    await page.goto('/admin/tenants');
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

  test('all that a tenant’s mails have left is erased once it is blocked, and its name was written', async () => {
    const { client, fleet } = world;
    const { page } = visitor;
    await client.admin.tenants.create({ tenant: 'leaving', name: 'Leaving' });
    const made = await client.admin.keys.create({ name: 'its gateway', role: 'submitter', tenant: 'leaving' });
    const own = createClient({ url: fleet.url, apiKey: made.key });
    const { jobId } = await own.submitMail(GOOD);
    await own.wait(jobId);
    await page.goto('/admin/tenants?tenant=leaving');
    const dialog = page.getByRole('dialog');
    await page.getByRole('button', { name: 'Block Leaving' }).click();
    await dialog.getByRole('button', { name: 'Block' }).click();
    await page.getByRole('button', { name: 'Erase its mails Leaving' }).click();
    const erase = dialog.getByRole('button', { name: 'Erase' });
    expect(await erase.isDisabled()).toBe(true);
    await dialog.getByLabel('Write leaving to confirm').fill('leaving');
    await erase.click();
    await dialog.getByText('1 job is erased; nothing is left.').waitFor();
    await dialog.getByRole('button', { name: 'Done' }).click();
    const asOperator = createClient({ url: fleet.url, apiKey: world.key, tenant: 'leaving' });
    await expect(asOperator.status(jobId)).rejects.toMatchObject({ code: 'job-not-found' });
    expect((await asOperator.jobs.page({})).items).toEqual([]);
  }, 180_000);

  test('a provider is switched off with a reason, which other operators read, and on again', async () => {
    const { client } = world;
    const { page } = visitor;
    const shodan = async () => (await client.admin.switches.list()).switches.find(({ name }) => name === 'shodan');
    await page.goto('/admin/switches');
    await page.getByRole('button', { name: 'Switch off Shodan' }).click();
    await page.getByLabel('Why').fill('its answers are wrong');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Switch on Shodan' }).waitFor();
    expect((await shodan())?.off?.reason).toBe('its answers are wrong');
    await page.reload();
    await page.getByText('its answers are wrong').waitFor();
    await page.getByRole('button', { name: 'Switch on Shodan' }).click();
    await page.getByRole('button', { name: 'Switch off Shodan' }).waitFor();
    expect((await shodan())?.off).toBeNull();
  }, 120_000);

  test('what is cached is forgotten', async () => {
    const { page } = visitor;
    await page.goto('/admin/cache');
    await page.getByLabel('Answer').fill('url:https://a.example/');
    await page.getByRole('button', { name: 'Forget', exact: true }).click();
    await page.getByText('Forgotten, also where nothing was held.').waitFor();
  }, 120_000);
});

describe('what the operator says', () => {
  test('is checked as it is written, tried on past mails, saved, and moves the next verdict, whose report says so', async () => {
    const { client } = world;
    const { page, faults } = visitor;
    const before = await client.submitMail(GOOD);
    await client.wait(before.jobId);
    await eventually(async () => {
      const { items } = await client.jobs.page({ limit: 5 });
      expect(items.find(({ jobId }) => jobId === before.jobId)?.verdict).toBe('clean');
    }, SOON_MS);
    await page.goto('/admin/judgement');
    const blocked = page.getByRole('form', { name: 'Add to Blocked' });
    await blocked.getByRole('textbox', { name: 'Sender’s domain' }).fill('garden');
    await blocked.getByRole('button', { name: 'Add' }).click();
    await page.getByText('“garden” is no domain.').waitFor();
    await blocked.getByRole('textbox', { name: 'Sender’s domain' }).fill('garden.example');
    await blocked.getByRole('button', { name: 'Add' }).click();
    await page.getByRole('button', { name: 'Remove garden.example' }).waitFor();
    await page.getByText('Your changes are not saved yet.').waitFor();
    await page.getByRole('button', { name: 'Try it on past mails' }).click();
    await page.getByRole('button', { name: 'Try it', exact: true }).click();
    await page.getByText(/judged again: 1 verdict would change\./).waitFor();
    await page.getByRole('dialog').getByText('malicious').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved. All workers follow within a second.').waitFor();
    const { say } = await client.admin.judgement.show();
    expect(say.block).toEqual([{ kind: 'domain', value: 'garden.example' }]);
    await eventually(async () => {
      const { jobId } = await client.submitMail(GOOD);
      await client.wait(jobId);
      await page.goto(`/jobs/${jobId}`);
      await page.getByRole('heading', { name: 'Reasons' }).waitFor();
      expect(await page.getByRole('heading', { name: 'The operator’s hand' }).count()).toBe(1);
    }, SOON_MS);
    await page.getByText('Without them:').waitFor();
    expect(faults).toEqual([]);
  }, 240_000);

  test('has rules, whose faults are named: by the page, and of an expression by the gateway, which then keeps what held', async () => {
    const { client } = world;
    const { page } = visitor;
    const { updatedAt } = await client.admin.judgement.show();
    await page.goto('/admin/judgement');
    await page.getByRole('button', { name: 'New rule' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Take the rule' }).click();
    await dialog.getByText('The title is missing.').waitFor();
    await dialog.getByRole('textbox', { name: 'Title', exact: true }).fill('Gift cards');
    await dialog.getByRole('textbox', { name: 'Id', exact: true }).fill('gift-cards');
    await dialog.getByRole('textbox', { name: 'Explanation', exact: true }).fill('Nobody of the house buys any.');
    await dialog.getByRole('button', { name: /Does what/ }).click();
    await page.getByRole('option', { name: 'matches the expression' }).click();
    await dialog.getByRole('textbox', { name: 'Value', exact: true }).fill('gift (card');
    await dialog.getByRole('button', { name: 'Take the rule' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText(/the expression/).waitFor();
    expect((await client.admin.judgement.show()).updatedAt).toBe(updatedAt);
    await page.getByRole('link', { name: 'Keys', exact: true }).click();
    await dialog.getByRole('button', { name: 'Stay' }).click();
    await page.getByRole('button', { name: 'Undo all' }).click();
    await page.getByText('Nothing is changed.').waitFor();
    await page.getByRole('link', { name: 'Keys', exact: true }).click();
    await page.getByRole('button', { name: 'New key' }).waitFor();
  }, 180_000);

  test('is not replaced unseen where somebody else has saved another version meanwhile', async () => {
    const { client } = world;
    const { page } = visitor;
    await page.goto('/admin/judgement');
    await page.getByLabel('Domains', { exact: true }).fill('office.example, branch.example');
    await tabTo(page, 'Add');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Remove branch.example' }).waitFor();
    await client.admin.judgement.set({ ownDomains: ['other.example'] });
    await tabTo(page, 'Save');
    await page.keyboard.press('Enter');
    await page.getByText(/Somebody else has saved another version/).waitFor();
    expect((await client.admin.judgement.show()).say.ownDomains).toEqual(['other.example']);
    expect(await focused(page)).toBe('Save');
    await page.getByRole('button', { name: 'Undo all' }).click();
  }, 180_000);
});

describe('a dead letter', () => {
  test('is discarded by a person after a dry run, and nobody tries it again', async () => {
    const { client } = world;
    const jobId = await makeLetter(world, 'Nobody asks again', '8.8.77.7');
    const { page } = visitor;
    await page.goto(`/dead-letters?jobId=${jobId}`);
    await page.getByRole('checkbox', { name: 'Choose all open letters' }).check();
    await page.getByRole('region', { name: 'Letters' }).getByRole('button', { name: 'Discard' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(/Dry run: 1 open letter would be given up/).waitFor();
    const open = async () => (await client.admin.deadLetters.page({ jobId })).items.map(({ state }) => state);
    expect(await open()).not.toContain('discarded');
    await dialog.getByRole('button', { name: 'Discard 1' }).click();
    await dialog.getByText(/1 letter of 1 ordered/).waitFor();
    await dialog.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('region', { name: 'Letters' }).getByText('discarded', { exact: true }).waitFor();
    expect(await open()).toEqual(['discarded']);
  }, 240_000);

  test('is requeued by a person after a dry run; its report is amended, and what it said before can still be read', async () => {
    const jobId = await makeLetter(world, 'A late answer', '8.8.77.8');
    const { page } = visitor;
    await page.goto(`/dead-letters?jobId=${jobId}`);
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
    await page.goto(`/jobs/${jobId}`);
    await page.getByText(/What revision \d+ says anew/).waitFor({ timeout: 120_000 });
    await page.getByRole('button', { name: /the newest/ }).click();
    await page.getByRole('option', { name: 'Revision 1', exact: true }).click();
    await page.getByText('This is what was known at revision 1.').waitFor();
    expect(await page.getByText(/What revision \d+ says anew/).count()).toBe(0);
  }, 300_000);
});
