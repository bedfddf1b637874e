import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { Parked } from '@sluice/fleet/queue';
import { eventually } from '@sluice/testkit';
import { asker, type House, startHouse } from './house.ts';

const OFF = { reason: 'It is wrong.', sinceMs: 1, by: 'key-1' };
const SAID = { provider: 'shodan', why: 'switched off by the operator', isSwitchedOff: true };
let house: House;
beforeAll(async () => {
  house = await startHouse();
});
afterEach(async () => {
  for (const name of ['shodan', 'urlscan'] as const) await house.desk.putSwitch(name, null);
  await house.tidy();
});
afterAll(() => house.stop());

const address = (last: number) => ({ kind: 'ip' as const, value: `198.51.100.${last}` });

test('a provider that is switched off is asked nothing, also not its cache, and is asked again when it is on', async () => {
  const simulated = await house.simulate();
  const providers = house.open(simulated.env);
  await house.permit('acme');
  await providers.lookup('shodan', address(1), asker());
  await house.desk.putSwitch('shodan', OFF);
  await eventually(async () => {
    const { enabled, notAsked } = await providers.permissions('acme', undefined);
    expect(enabled).not.toContain('shodan');
    expect(notAsked).toEqual([SAID]);
  });
  for (const last of [1, 2]) {
    const asked = providers.lookup('shodan', address(last), asker());
    await expect(asked).rejects.toMatchObject({ code: 'provider-off', disposition: 'give-up' });
  }
  await house.desk.putSwitch('shodan', null);
  await eventually(async () => expect(await providers.lookup('shodan', address(2), asker())).toBeDefined());
  expect(simulated.shodan.calls()).toHaveLength(2);
});

test('of urlscan no link is handed over, and nothing is said to be missing of a provider that has no key', async () => {
  const { urlscan, env } = await house.simulate();
  const { SHODAN_API_KEY: _key, ...keys } = env;
  const providers = house.open({ ...keys, URLSCAN_SUBMIT: 'unlisted' });
  await house.permit('acme');
  await house.desk.putSwitch('urlscan', OFF);
  await house.desk.putSwitch('shodan', OFF);
  await eventually(async () => {
    const { submits, notAsked } = await providers.permissions('acme', undefined);
    expect(submits).toEqual([]);
    expect(notAsked).toEqual([
      { provider: 'shodan', why: 'no key is set' },
      { ...SAID, provider: 'urlscan' },
    ]);
  });
  const link = { kind: 'url' as const, value: 'https://one.example/' };
  await expect(providers.submit('urlscan', link, asker())).rejects.toMatchObject({ code: 'provider-off' });
  expect(urlscan.calls()).toEqual([]);
});

test('a question that waits in the line leaves it, and its task is woken to know why', async () => {
  const simulated = await house.simulate();
  const woken: string[] = [];
  const wake = async (tokens: readonly string[]) => {
    woken.push(...tokens);
    return Promise.resolve({ busy: [], unwanted: [] });
  };
  const lining = { process: 'test', wake, onError: () => undefined };
  const providers = house.open({ ...simulated.env, SHODAN_QUOTA: '1/day' }, { lining });
  await house.permit('acme');
  await providers.start();
  await providers.lookup('shodan', address(11), asker('job first 1'));
  await expect(providers.lookup('shodan', address(12), asker('job second 1'))).rejects.toBeInstanceOf(Parked);
  expect(woken).toEqual([]);
  await house.desk.putSwitch('shodan', OFF);
  await eventually(() => expect(new Set(woken)).toEqual(new Set(['job second 1'])));
  await eventually(async () => expect(await house.queue.keys('quota:{shodan.*}:line:ages')).toEqual([]));
  await expect(providers.lookup('shodan', address(12), asker('job second 1'))).rejects.toMatchObject({
    code: 'provider-off',
  });
});
