import { describe, expect, test } from '@jest/globals';
import { SluiceError } from '@sluice/contracts';
import { eventually } from '@sluice/testkit';
import { createBudget } from '../src/desk/budget.ts';
import { retryWorld } from './world.ts';

const world = retryWorld();

/** A budget that sees this much fresh work, of a fleet where five minutes ago there was none. */
async function budgetOf(settled: number, { percent = 20, floor = 10 } = {}) {
  const [seconds] = await world.redis().time();
  const slot = Math.floor(Number(seconds) / 10) - 30;
  await world.redis().hset('{desk}:budget', { [`f${slot}`]: 0 });
  return createBudget({ redis: world.redis(), percent, floor, settled: async () => Promise.resolve(settled) });
}

async function grants(budget: { spend(): Promise<number> }, tries: number): Promise<number> {
  const waits = await Promise.all(Array.from({ length: tries }, () => budget.spend()));
  return waits.filter((waitMs) => waitMs === 0).length;
}

describe('the retry budget', () => {
  test('grants ten redrives a minute without any fresh work', async () => {
    expect(await grants(await budgetOf(0), 30)).toBe(10);
  });

  test('grants a share of the fresh work of the last five minutes', async () => {
    expect(await grants(await budgetOf(500), 60)).toBe(20);
  });

  test('is one for all desks together', async () => {
    const budgets = await Promise.all([budgetOf(500), budgetOf(500), budgetOf(500)]);
    const granted = await Promise.all(budgets.map((budget) => grants(budget, 20)));
    expect(granted.reduce((sum, each) => sum + each, 0)).toBe(20);
  });

  test('says when another try is worthwhile', async () => {
    const budget = await budgetOf(0, { floor: 1 });
    expect(await budget.spend()).toBe(0);
    const waitMs = await budget.spend();
    expect(waitMs).toBeGreaterThan(50_000);
    expect(waitMs).toBeLessThanOrEqual(70_000);
  });

  test('is not misled by a count that was lost', async () => {
    const budget = await budgetOf(500);
    const [seconds] = await world.redis().time();
    await world.redis().hset('{desk}:budget', { [`f${Math.floor(Number(seconds) / 10) - 30}`]: 1_000_000 });
    expect(await grants(budget, 30)).toBe(10);
  });

  test('leaves nothing in Redis that stays', async () => {
    await (await budgetOf(0)).spend();
    expect(await world.redis().ttl('{desk}:budget')).toBeGreaterThan(0);
  });

  test('holds redrives of the desk back, and their letters say so; nothing of it is lost', async () => {
    const down = new SluiceError('provider-unreachable', 'no answer', { disposition: 'retry' });
    const counter = world.startPool(down, down, down);
    const poor = world.startDesk({ budgetFloor: 1 });
    const queued = await Promise.all(['1', '2', '3'].map((digit) => world.queued({ digit })));
    const reasons = () => queued.map(({ message }) => world.letterOf(message.jobId)?.reason ?? 'none').toSorted();
    await eventually(() => expect(reasons().filter((reason) => reason === 'budget')).toHaveLength(2));
    await eventually(() => expect(counter.calls).toBe(4));
    for (const { message } of queued) await world.hurry(message.jobId);
    await eventually(() => expect(reasons()).toEqual(['budget', 'budget', 'healed']));
    expect(counter.calls).toBe(4);
    await poor.stop();
    world.startDesk({ budgetFloor: 10 });
    for (const { message } of queued) await world.hurry(message.jobId);
    for (const task of queued) await world.done(task);
  });
});
