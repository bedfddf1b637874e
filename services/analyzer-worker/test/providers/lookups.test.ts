import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { ProviderAnswer } from '@sluice/contracts';
import type { Standings } from '@sluice/testkit';
import { asker, type House, startHouse } from './house.ts';

let house: House;
beforeAll(async () => {
  house = await startHouse();
});
afterEach(() => house.tidy());
afterAll(() => house.stop());

const FILE = 'ab'.repeat(32);
const BAD_URL = 'https://evil.example/login?a=1&b="x"#f';
const standings: Standings = {
  [BAD_URL]: 'malicious',
  'https://odd.example/': 'suspicious',
  'https://good.example/': 'harmless',
  'https://new.example/': 'unknown',
  'evil.example': 'malicious',
  'new.example': 'unknown',
  '192.0.2.66': 'malicious',
  '192.0.2.41': 'suspicious',
  '192.0.2.1': 'harmless',
  '192.0.2.9': 'unknown',
  '2001:db8::66': 'malicious',
  [FILE]: 'malicious',
};

describe.each([
  ['virustotal', 'url', BAD_URL, 'malicious'],
  ['virustotal', 'url', 'https://odd.example/', 'suspicious'],
  ['virustotal', 'url', 'https://good.example/', 'harmless'],
  ['virustotal', 'domain', 'evil.example', 'malicious'],
  ['virustotal', 'ip', '2001:db8::66', 'malicious'],
  ['virustotal', 'hash', FILE, 'malicious'],
  ['abuseipdb', 'ip', '192.0.2.66', 'malicious'],
  ['abuseipdb', 'ip', '2001:db8::66', 'malicious'],
  ['abuseipdb', 'ip', '192.0.2.41', 'suspicious'],
  ['abuseipdb', 'ip', '192.0.2.1', 'harmless'],
  ['urlscan', 'url', BAD_URL, 'malicious'],
  ['urlscan', 'url', 'https://odd.example/', 'suspicious'],
  ['urlscan', 'domain', 'evil.example', 'malicious'],
  ['shodan', 'ip', '192.0.2.66', 'suspicious'],
  ['shodan', 'ip', '2001:db8::66', 'suspicious'],
  ['shodan', 'ip', '192.0.2.1', 'none'],
] as const)('%s, asked about the %s %s,', (provider, kind, value, opinion) => {
  test(`says ${opinion}, within the contract's bounds`, async () => {
    const simulated = await house.simulate({ standings });
    const providers = house.open(simulated.env);
    const { answer, source } = await providers.lookup(provider, { kind, value }, asker());
    expect(ProviderAnswer.parse(answer)).toEqual(answer);
    expect([source, answer.isKnown, answer.opinion]).toEqual(['fresh', true, opinion]);
    expect(answer.resource).toEqual({ kind, value });
    expect(answer.facts.length).toBeGreaterThan(2);
    expect(new URL(answer.link ?? '').protocol).toMatch(/^https?:$/);
    const asked = simulated[provider].calls()[0]?.value;
    // urlscan's question is a query that holds the value.
    if (provider !== 'urlscan') expect(asked).toBe(value);
  });
});

describe.each([
  ['virustotal', 'url', 'https://new.example/'],
  ['abuseipdb', 'ip', '192.0.2.9'],
  ['urlscan', 'domain', 'new.example'],
  ['shodan', 'ip', '192.0.2.9'],
] as const)('%s', (provider, kind, value) => {
  test('knows nothing of what it has never seen, and says so', async () => {
    const simulated = await house.simulate({ standings });
    const providers = house.open(simulated.env);
    const { answer, source } = await providers.lookup(provider, { kind, value }, asker());
    expect(answer).toMatchObject({ isKnown: false, opinion: 'none', score: null, facts: [], link: null });
    expect(source).toBe('fresh');
    expect((await providers.lookup(provider, { kind, value }, asker())).source).toBe('memory');
    expect(simulated[provider].calls()).toHaveLength(1);
  });
});

describe('hostile values', () => {
  const HOSTILE = [
    'https://x.example/" OR page.domain:"bank.example',
    'https://x.example/\\" OR *:* OR task.url:\\"',
    'https://x.example/a\\',
    'https://x.example/?q=a&key=other&size=10000#/../..',
    'https://x.example/%2e%2e/%00',
  ];

  test.each(HOSTILE)('add no operator to a search: %s', async (value) => {
    const simulated = await house.simulate({ standings: { [value]: 'malicious' } });
    const providers = house.open(simulated.env);
    const { answer } = await providers.lookup('urlscan', { kind: 'url', value }, asker());
    // The simulator refuses a query of any other form, and its scan is of this very value.
    expect(answer.opinion).toBe('malicious');
    expect(simulated.urlscan.calls()).toHaveLength(2);
  });

  test('stay in their place of the path', async () => {
    const simulated = await house.simulate();
    const providers = house.open(simulated.env);
    for (const value of ['../../api-info?x=', '192.0.2.1/../../x', '?key=mine', 'a b\r\nx: y']) {
      for (const provider of ['shodan', 'abuseipdb'] as const) {
        await providers.lookup(provider, { kind: 'ip', value }, asker()).catch(() => undefined);
        expect(simulated[provider].calls().at(-1)).toMatchObject({ value, status: provider === 'shodan' ? 400 : 422 });
      }
      await providers.lookup('virustotal', { kind: 'domain', value }, asker()).catch(() => undefined);
      expect(simulated.virustotal.calls().at(-1)?.value).toBe(value);
    }
  });
});
