import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { SluiceError } from '@sluice/contracts';
import { Parked } from '@sluice/fleet/queue';
import { announcedQuotas, createQuotas } from '@sluice/fleet/rate-limit';
import { eventually, type Standings } from '@sluice/testkit';
import type { Providers } from '../../src/providers/index.ts';
import { asker, type House, startHouse } from './house.ts';

let house: House;
beforeAll(async () => {
  house = await startHouse();
});
afterEach(() => house.tidy());
afterAll(() => house.stop());

let last = 0;
/** A domain that no other test asks about. */
const fresh = () => ({ kind: 'domain' as const, value: `d${++last}.example` });
const address = () => ({ kind: 'ip' as const, value: `198.51.${100 + Math.floor(++last / 250)}.${last % 250}` });
const known = (...values: string[]): Standings => Object.fromEntries(values.map((value) => [value, 'malicious']));

describe('one question', () => {
  test('of many callers in two processes is asked once', async () => {
    const domain = fresh();
    const simulated = await house.simulate({ standings: known(domain.value) });
    simulated.virustotal.behave('slow', { delayMs: 200 });
    const processes = [house.open(simulated.env), house.open(simulated.env)];
    const answers = await Promise.all(
      processes.flatMap((providers) =>
        Array.from({ length: 20 }, () => providers.lookup('virustotal', domain, asker())),
      ),
    );
    expect(simulated.virustotal.calls()).toHaveLength(1);
    expect(answers.filter(({ source }) => source === 'fresh')).toHaveLength(1);
    expect(new Set(answers.map(({ answer }) => answer.opinion))).toEqual(new Set(['malicious']));
  });

  test('goes on for the others when one caller gives up', async () => {
    const domain = fresh();
    const simulated = await house.simulate({ standings: known(domain.value) });
    simulated.virustotal.behave('slow', { delayMs: 300 });
    const providers = house.open(simulated.env);
    const impatient = new AbortController();
    const first = providers.lookup('virustotal', domain, { ...asker(), signal: impatient.signal });
    const second = providers.lookup('virustotal', domain, asker());
    await eventually(() => simulated.virustotal.calls().length === 1);
    impatient.abort(new Error('cancelled'));
    await expect(first).rejects.toThrow('cancelled');
    await expect(second).resolves.toMatchObject({ answer: { opinion: 'malicious' } });
    expect(simulated.virustotal.calls()).toHaveLength(1);
  });

  test('that failed is asked again: no error is kept', async () => {
    const domain = fresh();
    const simulated = await house.simulate({ standings: known(domain.value) });
    const providers = house.open(simulated.env);
    simulated.virustotal.behave('down');
    await expect(providers.lookup('virustotal', domain, asker())).rejects.toMatchObject({
      code: 'provider-unreachable',
    });
    simulated.virustotal.behave('well');
    await expect(providers.lookup('virustotal', domain, asker())).resolves.toMatchObject({ source: 'fresh' });
  });

  test('is ended when the service stops', async () => {
    const simulated = await house.simulate();
    simulated.virustotal.behave('slow', { delayMs: 60_000 });
    const providers = house.open(simulated.env);
    const asking = providers.lookup('virustotal', fresh(), asker());
    await eventually(() => simulated.virustotal.calls().length === 1);
    const stopped = providers.stop();
    await expect(asking).rejects.toMatchObject({ code: 'stopping', disposition: 'retry' });
    await stopped;
  });
});

describe('an answer that outlived its time', () => {
  test.each(['down', 'refusing', 'rubbish'] as const)(
    'stands in, marked as stale, when the provider is %s',
    async (mode) => {
      const domain = fresh();
      const simulated = await house.simulate({ standings: known(domain.value) });
      let laterMs = 0;
      const providers = house.open(simulated.env, { now: () => Date.now() + laterMs });
      const first = await providers.lookup('virustotal', domain, asker());
      laterMs = 86_401_000;
      simulated.virustotal.behave(mode);
      const second = await providers.lookup('virustotal', domain, asker());
      expect([first.source, second.source]).toEqual(['fresh', 'stale']);
      expect(second.answer).toEqual(first.answer);
      expect(simulated.virustotal.calls()).toHaveLength(2);
      laterMs = 8 * 86_400_000 + 1_000;
      const error = await codeOf(providers.lookup('virustotal', domain, asker()));
      expect(error).toMatch(/^provider-|^quota-exhausted$/);
    },
  );

  test('does not stand in where it said "unknown"', async () => {
    const domain = fresh();
    const simulated = await house.simulate({ standings: { [domain.value]: 'unknown' } });
    let laterMs = 0;
    const providers = house.open(simulated.env, { now: () => Date.now() + laterMs });
    await providers.lookup('virustotal', domain, asker());
    laterMs = 3_601_000;
    simulated.virustotal.behave('down');
    await expect(providers.lookup('virustotal', domain, asker())).rejects.toMatchObject({
      code: 'provider-unreachable',
    });
  });
});

describe('a quota', () => {
  test('is closed by a refusal for all questions and processes', async () => {
    const simulated = await house.simulate();
    simulated.virustotal.behave('refusing', { retryAfterSeconds: 30 });
    const processes = [house.open(simulated.env), house.open(simulated.env)];
    const codes = [];
    for (const providers of [...processes, ...processes])
      codes.push(await codeOf(providers.lookup('virustotal', fresh(), asker())));
    expect(codes).toEqual(['provider-refused', 'quota-exhausted', 'quota-exhausted', 'quota-exhausted']);
    expect(simulated.virustotal.calls()).toHaveLength(1);
    expect(simulated.breaches()).toBe(0);
  });

  test('is closed by the header that says that nothing remains', async () => {
    const day = { requests: 2, seconds: 86_400, kind: 'fixed' as const };
    const simulated = await house.simulate({ abuseipdb: { limits: [day] }, urlscan: { limits: [day] } });
    const providers = house.open(simulated.env);
    for (const provider of ['abuseipdb', 'urlscan'] as const) {
      const question = provider === 'abuseipdb' ? address : fresh;
      const codes = [];
      for (let call = 0; call < 4; call++) codes.push(await codeOf(providers.lookup(provider, question(), asker())));
      expect(codes).toEqual(['answered', 'answered', 'quota-exhausted', 'quota-exhausted']);
      // A search that finds something is followed by the fetching of its result, which is another action.
      expect(simulated[provider].calls().filter(({ path }) => !path.includes('/result/'))).toHaveLength(2);
    }
    expect(simulated.breaches()).toBe(0);
  });

  test('of results that is used up costs no search again: what was found is kept until there is a slot', async () => {
    const simulated = await house.simulate();
    const providers = house.open({ ...simulated.env, URLSCAN_RESULT_QUOTA: '1/h' });
    await providers.lookup('urlscan', fresh(), asker());
    const waiting = fresh();
    const processes = [providers, house.open({ ...simulated.env, URLSCAN_RESULT_QUOTA: '1/h' })];
    for (const each of [...processes, ...processes]) {
      expect(await codeOf(each.lookup('urlscan', waiting, asker()))).toBe('quota-exhausted');
    }
    const searches = simulated.urlscan.calls().filter(({ path }) => path.includes('/search/'));
    expect(searches).toHaveLength(2);
  });

  test('that the provider says is lower than ours is believed at once', async () => {
    const day = { requests: 3, seconds: 86_400, kind: 'fixed' as const };
    const simulated = await house.simulate({ abuseipdb: { limits: [day] } });
    const providers = house.open({ ...simulated.env, ABUSEIPDB_QUOTA: '1000/s,1000/day' });
    await providers.lookup('abuseipdb', address(), asker());
    const [state] = await announcedStates(providers);
    expect(state).toMatchObject({ limit: 3, used: 1 });
    expect(simulated.breaches()).toBe(0);
  });

  test('belongs to a key: another key has its own', async () => {
    const refused = new Response('{}', { status: 429, headers: { 'content-type': 'application/json' } });
    const unknown = new Response('{}', { status: 404, headers: { 'content-type': 'application/json' } });
    const keys = [`one-${Math.random()}`, `two-${Math.random()}`];
    const fetchAs: typeof fetch = async (_url, init) =>
      (new Headers(init?.headers).get('x-apikey') === keys[0] ? refused : unknown).clone();
    const [one, two] = keys.map((key) => house.open({ VIRUSTOTAL_API_KEY: key }, { fetch: fetchAs }));
    const ask = (providers: Providers | undefined) => codeOf(providers?.lookup('virustotal', fresh(), asker()));
    expect([await ask(one), await ask(one), await ask(two)]).toEqual([
      'provider-refused',
      'quota-exhausted',
      'answered',
    ]);
    expect((await house.queue.keys('quota:*')).join(' ')).not.toMatch(new RegExp(keys.join('|')));
  });

  test("is never exceeded at the provider's door, whoever asks at once, and questions without a slot are woken in turn", async () => {
    const limit = { requests: 8, seconds: 1, kind: 'sliding' as const };
    const simulated = await house.simulate({ virustotal: { limits: [limit] } });
    const sleepers = new Map<string, () => void>();
    const seen = new Set<string>();
    const wake = async (tokens: readonly string[]) => {
      // As a queue that still holds the messages of some: those are to be woken again.
      const busy = tokens.filter((token) => token.endsWith('7') && !seen.has(token));
      for (const token of busy) seen.add(token);
      for (const token of tokens) if (!busy.includes(token)) sleepers.get(token)?.();
      return Promise.resolve({ busy, unwanted: [] });
    };
    const lining = { process: 'test', wake, onError: () => undefined };
    const env = { ...simulated.env, VIRUSTOTAL_QUOTA: '8/s' };
    const processes = [1, 2].map(() => house.open(env, { lining }));
    await Promise.all(processes.map((providers) => providers.start()));
    const questions = Array.from({ length: 30 }, (_, n) => n);
    await Promise.all(questions.map((n) => askUntilAnswered(processes[n % 2], `token ${n}`, sleepers)));
    expect(simulated.breaches()).toBe(0);
    expect(simulated.virustotal.calls()).toHaveLength(questions.length);
  });
});

/** As the pool does: what is parked is asked again when it is woken. */
async function askUntilAnswered(
  providers: Providers | undefined,
  token: string,
  sleepers: Map<string, () => void>,
): Promise<void> {
  const question = fresh();
  for (;;) {
    const woken = new Promise<void>((resolve) => sleepers.set(token, resolve));
    try {
      await providers?.lookup('virustotal', question, asker(token));
      return;
    } catch (error) {
      if (!(error instanceof Parked)) throw error;
      await woken;
    }
  }
}

/** The days of AbuseIPDB's quotas, as whoever shows them sees them; of the worker that spoke last. */
async function announcedStates(providers: Providers): Promise<{ limit: number; used: number }[]> {
  await providers.start();
  const announced = (await announcedQuotas(house.queue)).filter(({ action }) => action === 'abuseipdb');
  const latest = announced.toSorted((a, b) => b.atMs - a.atMs).slice(0, 1);
  const quotas = createQuotas({ redis: house.queue, quotas: latest.map(({ quota }) => quota) });
  const states = await Promise.all(quotas.names.map((name) => quotas.state(name)));
  return states.flatMap(({ windows }) => windows.filter(({ window }) => window.seconds === 86_400));
}

async function codeOf(work: Promise<unknown> | undefined): Promise<string> {
  try {
    await work;
    return 'answered';
  } catch (error) {
    return error instanceof SluiceError ? error.code : String(error);
  }
}
