import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { buildMail, eventually } from '@sluice/testkit';
import type { Visitor } from './browser.ts';
import { PHISH } from './page-mails.ts';
import { drop, isSameDocument, verdict } from './page-visit.ts';
import { SOON_MS, startWorld, type World } from './page-world.ts';

let world: World;
let visitor: Visitor;
beforeAll(async () => {
  world = await startWorld();
  visitor = await world.enter();
}, 300_000);
afterAll(() => world.stop(), 90_000);

describe('the page', () => {
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
    const fleetView = await world.enter({ path: '/fleet' });
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
