import { describe, expect, test } from '@jest/globals';
import { parseConfig } from '@sluice/fleet/service';
import { keysOf } from './keys.ts';
import { permissionsOf } from './permissions.ts';
import { providerSettings } from './settings.ts';

const parse = (env: Record<string, string>) => parseConfig(providerSettings, env);

describe('settings of providers', () => {
  test("default to the lower of the requirements' and the vendors' figures", () => {
    const settings = parse({});
    expect(settings.VIRUSTOTAL_QUOTA.windows).toEqual([
      { kind: 'sliding', seconds: 60, limit: 4 },
      { kind: 'sliding', seconds: 86_400, limit: 500 },
    ]);
    expect(settings).toMatchObject({
      VIRUSTOTAL_TTL_SECONDS: 86_400,
      ABUSEIPDB_TTL_SECONDS: 3_600,
      GEMINI_TTL_SECONDS: 3_600,
      URLSCAN_SUBMIT: 'off',
      VIRUSTOTAL_BASE_URL: 'https://www.virustotal.com/api/v3',
    });
  });

  test('know five units, and take blanks between windows', () => {
    const { windows } = parse({ SHODAN_QUOTA: '1/s, 2/min,3/h, 4/day,5/month' }).SHODAN_QUOTA;
    expect(windows.map(({ seconds }) => seconds)).toEqual([1, 60, 3_600, 86_400, 2_678_400]);
  });

  test.each([
    '',
    '4',
    '4/week',
    '0/min',
    '-1/min',
    '4/min,',
    '1.5/s',
    '4/min,5/min',
    '1000001/day',
    '4/min;5/day',
    'Infinity/s',
  ])('take no quota for another one: "%s"', (text) => {
    // An empty setting counts as missing.
    if (text === '') expect(parse({ VIRUSTOTAL_QUOTA: text }).VIRUSTOTAL_QUOTA.windows).toHaveLength(2);
    else expect(() => parse({ VIRUSTOTAL_QUOTA: text })).toThrow(/VIRUSTOTAL_QUOTA This is no quota: /);
  });

  test.each([
    'ftp://x.example',
    'x.example',
    'https://u:p@x.example',
    'https://x.example/?key=1',
    'https://x.example/#a',
    'javascript:1',
  ])('take no base URL like %s', (text) => {
    expect(() => parse({ SHODAN_BASE_URL: text })).toThrow(/SHODAN_BASE_URL is not an http/);
  });

  test('name every fault at once, and no key', () => {
    const wrong = {
      VIRUSTOTAL_API_KEY: 'my secret\nkey',
      URLSCAN_SUBMIT: 'yes',
      SHODAN_LOOKUP: 'true',
      GEMINI_MODEL: '../models',
      ABUSEIPDB_TIMEOUT_SECONDS: '0',
    };
    expect(() => parse(wrong)).toThrow(expect.objectContaining({ code: 'bad-config' }));
    for (const name of Object.keys(wrong)) expect(() => parse(wrong)).toThrow(new RegExp(name));
    expect(() => parse(wrong)).not.toThrow(/secret/);
  });

  test('say whom the fleet asks, and why not the others', () => {
    expect(permissionsOf(parse({}), {})).toMatchObject({ enabled: [], submits: [] });
    const settings = parse({
      VIRUSTOTAL_API_KEY: 'a',
      SHODAN_API_KEY: 'b',
      SHODAN_LOOKUP: 'off',
      URLSCAN_API_KEY: 'c',
      URLSCAN_SUBMIT: 'private',
    });
    expect(permissionsOf(settings, keysOf(settings, { tenant: 'acme', keys: {} }, undefined))).toEqual({
      enabled: ['virustotal', 'urlscan'],
      notAsked: [
        { provider: 'abuseipdb', why: 'no key is set' },
        { provider: 'shodan', why: 'switched off' },
        { provider: 'gemini', why: 'no key is set' },
      ],
      submits: ['urlscan'],
      withheld: [],
    });
  });
});
