import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startWatchedFleet, type WatchedFleet } from './alerts-fleet.ts';
import { FROM_THE_START, provocations } from './alerts-provocations.ts';
import { createWatch } from './alerts-watch.ts';

const watch = createWatch();
let house: WatchedFleet;

beforeAll(async () => {
  house = await startWatchedFleet();
}, 300_000);
afterAll(() => house?.stop(), 120_000);

describe('the condition of each alert, provoked in a fleet that a real Prometheus watches', () => {
  test('nothing is wrong, but that there is no browser', async () => {
    await watch.only(house.prometheus, FROM_THE_START);
  }, 60_000);

  test.each(provocations)('$what', (provocation) => watch.provoke(house, provocation), 600_000);

  test('no alert is left out', () => {
    expect(watch.unseen()).toEqual([]);
  });
});
