import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { asker, type House, startHouse } from './house.ts';

let house: House;
beforeAll(async () => {
  house = await startHouse();
  await Promise.all(['acme', 'umbrella'].map((tenant) => house.permit(tenant)));
});
afterEach(() => house.tidy());
afterAll(() => house.stop());

let last = 0;
const link = () => ({ kind: 'url' as const, value: `https://new${++last}.example/?id="7"` });

/** Remembers the pauses instead of making them. */
function pauses() {
  const waited: number[] = [];
  return { waited, pause: async (ms: number) => void waited.push(ms) };
}

test('a link that is handed over is waited for as urlscan.io asks, and judged', async () => {
  const url = link();
  const simulated = await house.simulate({ standings: { [url.value]: 'malicious' }, urlscan: { looksUntilDone: 3 } });
  const { waited, pause } = pauses();
  const providers = house.open({ ...simulated.env, URLSCAN_SUBMIT: 'unlisted' }, { pause });
  const { answer, source } = await providers.submit('urlscan', url, asker());
  expect(answer).toMatchObject({ isKnown: true, opinion: 'malicious', category: 'phishing', resource: url });
  expect(source).toBe('fresh');
  expect(simulated.urlscan.submissions()).toEqual([{ url: url.value, visibility: 'unlisted' }]);
  expect(waited).toEqual([10_000, 5_000, 5_000, 5_000]);
});

test('a scan that takes too long is waited for again, in another process too, and not begun again', async () => {
  const url = link();
  const simulated = await house.simulate({ standings: { [url.value]: 'harmless' }, urlscan: { looksUntilDone: 30 } });
  const { pause } = pauses();
  const env = { ...simulated.env, URLSCAN_SUBMIT: 'private' };
  const first = house.open(env, { pause }).submit('urlscan', url, asker());
  await expect(first).rejects.toMatchObject({ code: 'scan-unfinished', disposition: 'retry' });
  const second = await house.open(env, { pause }).submit('urlscan', url, asker());
  expect(second.answer.opinion).toBe('harmless');
  expect(simulated.urlscan.submissions()).toHaveLength(1);
});

test('a submission whose answer is lost is not repeated by itself', async () => {
  const simulated = await house.simulate();
  const providers = house.open({ ...simulated.env, URLSCAN_SUBMIT: 'public' }, pauses());
  for (const mode of ['down', 'rubbish'] as const) {
    simulated.urlscan.behave(mode);
    const submitted = providers.submit('urlscan', link(), asker());
    await expect(submitted).rejects.toMatchObject({ code: 'submission-unclear', disposition: 'give-up' });
  }
});

test('a link that urlscan.io will not look at is given up', async () => {
  const simulated = await house.simulate();
  const providers = house.open({ ...simulated.env, URLSCAN_SUBMIT: 'public' }, pauses());
  const submitted = providers.submit('urlscan', { kind: 'url', value: 'ftp://x.example/' }, asker());
  await expect(submitted).rejects.toMatchObject({ code: 'provider-rejected', disposition: 'give-up' });
});

test("what one tenant handed over is not another tenant's", async () => {
  const url = link();
  const simulated = await house.simulate({ urlscan: { looksUntilDone: 0 } });
  const providers = house.open({ ...simulated.env, URLSCAN_SUBMIT: 'public' }, pauses());
  for (const tenant of ['acme', 'umbrella', 'acme']) await providers.submit('urlscan', url, { ...asker(), tenant });
  expect(simulated.urlscan.submissions()).toHaveLength(2);
});

test('nothing is handed over without permission, and only links', async () => {
  const simulated = await house.simulate();
  const without = house.open(simulated.env);
  const permitted = house.open({ ...simulated.env, URLSCAN_SUBMIT: 'public' });
  expect([without.fleet.submits, permitted.fleet.submits]).toEqual([[], ['urlscan']]);
  const domain = { kind: 'domain' as const, value: 'x.example' };
  for (const work of [
    () => without.submit('urlscan', link(), asker()),
    () => permitted.submit('urlscan', domain, asker()),
    () => permitted.submit('virustotal', link(), asker()),
  ]) {
    await expect(work).rejects.toMatchObject({ code: 'provider-not-asked', disposition: 'give-up' });
  }
  expect(simulated.urlscan.calls()).toEqual([]);
});

test('lookups may be switched off while submissions are permitted', async () => {
  const simulated = await house.simulate({ urlscan: { looksUntilDone: 0 } });
  const env = { ...simulated.env, URLSCAN_SUBMIT: 'public', URLSCAN_LOOKUP: 'off' };
  const providers = house.open(env, pauses());
  await expect(providers.lookup('urlscan', link(), asker())).rejects.toMatchObject({ code: 'provider-not-asked' });
  await expect(providers.submit('urlscan', link(), asker())).resolves.toMatchObject({ source: 'fresh' });
});
