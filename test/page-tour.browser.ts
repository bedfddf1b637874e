import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { barriersOf } from './browser.ts';
import { furnish, type Stop, takePicture, takeShowcase, visit } from './page-tour.ts';
import { startWorld, type World } from './page-world.ts';

const PICTURE_BYTES = 150 * 1_024;

let world: World;
beforeAll(async () => {
  world = await startWorld();
}, 300_000);
afterAll(() => world.stop(), 90_000);

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
      const { page, context, faults } = await world.enter({ look, widthPx });
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
    // Some forty pages, each drawn, examined and photographed: on a busy machine that takes minutes.
    1_200_000,
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
      const { page, context } = await world.enter({ look, widthPx: 1_280 });
      await visit(page, world.fleet.url, stop);
      expect(await takeShowcase(page, stop)).toBeLessThan(PICTURE_BYTES);
      await context.close();
    },
    120_000,
  );
});
