import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { DEFAULT_RELEASE, type Provider } from '@sluice/contracts';
import { announcedQuotas } from '@sluice/fleet/rate-limit';
import { parseDataKey, seal } from '@sluice/fleet/settings';
import { buildMail, eventually } from '@sluice/testkit';
import { extractIndicators } from '../../src/mail/extract.ts';
import { parseMail } from '../../src/mail/parse.ts';
import type { Providers } from '../../src/providers/index.ts';
import { asker, type House, startHouse } from './house.ts';

let house: House;
beforeAll(async () => {
  house = await startHouse();
});
afterEach(() => house.tidy());
afterAll(() => house.stop());

let last = 0;
const domain = () => ({ kind: 'domain' as const, value: `t${++last}.example` });
const link = () => ({ kind: 'url' as const, value: `https://t${++last}.example/` });
const dataKey = parseDataKey(randomBytes(32).toString('base64url'));
const of = (tenant: string) => ({ ...asker(`token of ${tenant}`), tenant });

async function mail() {
  const document = await parseMail(buildMail({ subject: `No ${++last}` }));
  return { document, indicators: extractIndicators(document) };
}

describe('what may leave', () => {
  test('is decided when it is asked: a changed permission holds at once, in a process that knew another', async () => {
    const simulated = await house.simulate();
    const providers = house.open({ ...simulated.env, URLSCAN_SUBMIT: 'public' });
    await house.permit('turning');
    await providers.lookup('virustotal', domain(), of('turning'));
    await house.permit('turning', { release: { ...DEFAULT_RELEASE, amber: [] } });
    await eventually(async () => (await providers.permissions('turning', undefined)).enabled.length === 0);
    const calls = () =>
      Object.values(simulated).flatMap((each) => (typeof each === 'object' && 'calls' in each ? each.calls() : []));
    const before = calls().length;
    for (const work of [
      () => providers.lookup('virustotal', domain(), of('turning')),
      () => providers.submit('urlscan', link(), of('turning')),
      async () => providers.opinion(await mail(), of('turning')),
    ]) {
      await expect(work()).rejects.toMatchObject({ code: 'not-released', disposition: 'give-up' });
    }
    expect(calls()).toHaveLength(before);
  });

  test('is by default a lookup, and nothing of a mail that is TLP:RED; the report says why', async () => {
    const simulated = await house.simulate();
    const providers = house.open({ ...simulated.env, URLSCAN_SUBMIT: 'public' });
    const amber = await providers.permissions('unknown-to-all', undefined);
    expect(amber.enabled).toEqual(['virustotal', 'abuseipdb', 'urlscan', 'shodan']);
    expect(amber.submits).toEqual([]);
    expect(amber.withheld).toEqual([
      { what: 'submit', why: 'the mail is TLP:AMBER: its links may not be handed over' },
    ]);
    expect(amber.notAsked).toEqual([
      { provider: 'gemini', why: 'the mail is TLP:AMBER: its content may not be given to a model' },
    ]);
    const red = await providers.permissions('unknown-to-all', 'red');
    expect(red.enabled).toEqual([]);
    expect(new Set(red.notAsked.map(({ why }) => why))).toEqual(new Set(['the mail is TLP:RED: nothing may leave']));
    const asked = providers.lookup('virustotal', domain(), { ...of('unknown-to-all'), tlp: 'red' });
    await expect(asked).rejects.toMatchObject({ code: 'not-released' });
    await providers.lookup('virustotal', domain(), { ...of('unknown-to-all'), tlp: 'clear' });
  });

  test('goes to the providers that the tenant names, and never past the fleet’s own switches', async () => {
    const simulated = await house.simulate();
    const providers = house.open({ ...simulated.env, SHODAN_LOOKUP: 'off', GEMINI_LOOKUP: 'off' });
    await house.permit('picky', { providers: ['virustotal', 'shodan', 'gemini'] });
    expect(await providers.permissions('picky', undefined)).toEqual({
      enabled: ['virustotal'],
      notAsked: [
        { provider: 'abuseipdb', why: 'the tenant does not want it to be asked' },
        { provider: 'urlscan', why: 'the tenant does not want it to be asked' },
        { provider: 'shodan', why: 'switched off' },
        { provider: 'gemini', why: 'switched off' },
      ],
      submits: [],
      withheld: [],
    });
    await expect(providers.lookup('urlscan', domain(), of('picky'))).rejects.toMatchObject({ code: 'not-released' });
  });
});

describe("a tenant's own key", () => {
  const keyed = (provider: Provider, apiKey: string) => ({ keys: { [provider]: seal(dataKey, apiKey) } });

  test('asks within a quota of its own, and its answers are its own', async () => {
    const simulated = await house.simulate();
    const sent: string[] = [];
    const fetchAs: typeof fetch = async (_url, init) => {
      sent.push(new Headers(init?.headers).get('x-apikey') ?? '');
      return new Response('{}', { status: 404, headers: { 'content-type': 'application/json' } });
    };
    const own = `own-${randomBytes(6).toString('hex')}`;
    const env = { ...simulated.env, VIRUSTOTAL_QUOTA: '1/h' };
    const providers = house.open(env, { dataKey, fetch: fetchAs });
    await providers.start();
    await house.permit('rich', keyed('virustotal', own));
    await house.permit('poor');
    const shared = domain();
    await providers.lookup('virustotal', shared, of('poor'));
    // What the fleet's key brought is everybody's.
    expect((await providers.lookup('virustotal', shared, of('rich'))).source).not.toBe('fresh');
    const mine = domain();
    expect((await providers.lookup('virustotal', mine, of('rich'))).source).toBe('fresh');
    expect(sent).toEqual([simulated.env.VIRUSTOTAL_API_KEY, own]);
    // The fleet's quota is used up, and what the own key brought is not for others.
    await expect(providers.lookup('virustotal', mine, of('poor'))).rejects.toMatchObject({ code: 'quota-exhausted' });
    expect((await providers.lookup('virustotal', mine, of('rich'))).source).not.toBe('fresh');
    await expect(providers.lookup('virustotal', domain(), of('rich'))).rejects.toMatchObject({
      code: 'quota-exhausted',
    });
    expect((await announcedQuotas(house.queue)).filter(({ tenant }) => tenant === 'rich')).toHaveLength(1);
    expect((await house.queue.keys('*')).join()).not.toContain(own);
  });

  test('may have windows of its own', async () => {
    const simulated = await house.simulate();
    const own = `own-${randomBytes(6).toString('hex')}`;
    await house.desk.putQuota('virustotal@wide', '2/h');
    await house.permit('wide', keyed('virustotal', own));
    const unknown = new Response('{}', { status: 404, headers: { 'content-type': 'application/json' } });
    const providers = house.open(
      { ...simulated.env, VIRUSTOTAL_QUOTA: '1/h' },
      { dataKey, fetch: async () => unknown.clone() },
    );
    for (let n = 0; n < 2; n++) await providers.lookup('virustotal', domain(), of('wide'));
    await expect(providers.lookup('virustotal', domain(), of('wide'))).rejects.toMatchObject({
      code: 'quota-exhausted',
    });
  });

  test('that cannot be opened is not replaced by the fleet’s', async () => {
    const simulated = await house.simulate();
    await house.permit('locked', keyed('virustotal', 'k'));
    const other = parseDataKey(randomBytes(32).toString('base64url'));
    for (const options of [{}, { dataKey: other }]) {
      const providers = house.open(simulated.env, options);
      const { notAsked } = await providers.permissions('locked', undefined);
      expect(notAsked).toEqual([{ provider: 'virustotal', why: "the tenant's own key cannot be opened here" }]);
      await expect(providers.lookup('virustotal', domain(), of('locked'))).rejects.toMatchObject({
        code: 'provider-not-asked',
      });
    }
    expect(simulated.virustotal.calls()).toEqual([]);
  });
});

describe('a quota that is set while the fleet runs', () => {
  const take = async (providers: Providers) => {
    try {
      await providers.lookup('virustotal', domain(), of('acme'));
      return 'asked';
    } catch (error) {
      return (error as { code: string }).code;
    }
  };
  const inForce = async (limit: number, action = 'virustotal') => {
    const announced = (await announcedQuotas(house.queue)).filter((each) => each.action === action);
    return announced.some(({ quota }) => quota.windows.length === 1 && quota.windows[0]?.limit === limit);
  };

  test('holds in all processes without a restart, counts what was used, and goes again', async () => {
    const simulated = await house.simulate();
    const env = { ...simulated.env, VIRUSTOTAL_QUOTA: '3/h' };
    const processes = [house.open(env), house.open(env)] as const;
    await Promise.all(processes.map((providers) => providers.start()));
    expect(await take(processes[0])).toBe('asked');
    await house.desk.putQuota('virustotal', '2/h');
    await eventually(() => inForce(2));
    expect([await take(processes[1]), await take(processes[0])]).toEqual(['asked', 'quota-exhausted']);
    await house.desk.putQuota('virustotal', '5/h burst 5, cooldown 5 s');
    await eventually(() => inForce(5));
    // The question that lines up is asked by the one who is woken; whoever comes now stands behind it.
    await house.desk.putQuota('virustotal', null);
    await eventually(() => inForce(3));
    expect(simulated.breaches()).toBe(0);
  });

  test('lets questions go that wait in line as soon as it grows', async () => {
    const simulated = await house.simulate();
    const woken: string[] = [];
    const wake = async (tokens: readonly string[]) => {
      woken.push(...tokens);
      return Promise.resolve({ busy: [], unwanted: [] });
    };
    const lining = { process: 'test', wake, onError: () => undefined };
    const providers = house.open({ ...simulated.env, SHODAN_QUOTA: '1/h' }, { lining });
    await providers.start();
    const address = (n: number) => ({ kind: 'ip' as const, value: `198.51.100.${n}` });
    await providers.lookup('shodan', address(1), of('acme'));
    await expect(providers.lookup('shodan', address(2), of('acme'))).rejects.toMatchObject({ code: 'quota-exhausted' });
    expect(woken).toEqual([]);
    await house.desk.putQuota('shodan', '2/h');
    await eventually(() => woken.length > 0);
    await expect(providers.lookup('shodan', address(2), of('acme'))).resolves.toMatchObject({ source: 'fresh' });
  });
});
