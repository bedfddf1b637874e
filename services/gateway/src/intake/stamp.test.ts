import { expect, test } from '@jest/globals';
import { createAddressDirectory } from '../policy/directory.ts';
import { createRecipients } from './recipients.ts';
import { traceOf } from './stamp.ts';

const HANDOVER = {
  helo: 'client.example',
  ip: '192.0.2.1',
  mailFrom: 'ann@example.org',
  by: 'mx.fleet.example',
  protocol: 'ESMTPS',
  id: 'abc',
  atMs: Date.UTC(2026, 10, 22, 9, 8, 7),
};

test('a trace says who handed the mail in, to whom, how and when', () => {
  expect(traceOf(HANDOVER)).toBe(
    'Return-Path: <ann@example.org>\r\n' +
      'Received: from client.example ([192.0.2.1])\r\n\tby mx.fleet.example (Sluice) with ESMTPS id abc;\r\n\tSun, 22 Nov 2026 09:08:07 +0000\r\n',
  );
});

test('an address of IPv6 is named as one, and the null sender stays null', () => {
  const trace = traceOf({ ...HANDOVER, ip: '2001:db8::1', mailFrom: '' });
  expect(trace).toContain('([IPv6:2001:db8::1])');
  expect(trace).toMatch(/^Return-Path: <>\r\n/);
});

test.each(['by', 'FOR', 'a b', 'a(b', 'a;b', 'a\r\nb', '', 'ü.example'])(
  'a client that calls itself %j is unknown',
  (helo) => {
    expect(traceOf({ ...HANDOVER, helo })).toContain('from unknown ([192.0.2.1])');
  },
);

test('an address is looked up as it is, then by its domain, in lower case and in the form of the DNS', async () => {
  const asked: string[] = [];
  const known: Record<string, { tenant: string; isActive: boolean }> = {
    '@one.example': { tenant: 'one', isActive: true },
    'old@one.example': { tenant: 'one', isActive: false },
    '@xn--mnchen-3ya.example': { tenant: 'two', isActive: true },
    '@blocked.example': { tenant: 'blocked', isActive: true },
  };
  const addresses = {
    find(address: string) {
      asked.push(address);
      return Promise.resolve(known[address] ?? null);
    },
  };
  const directory = createAddressDirectory({ namespace: null, addresses, tag: '+' });
  const settings = { tenant: (id: string) => Promise.resolve({ isBlocked: id === 'blocked' }) };
  const { find } = createRecipients({ directory, settings });
  expect(await find('Ann@One.Example')).toEqual({ tenant: 'one', isActive: true });
  expect(asked).toEqual(['ann@one.example', '@one.example']);
  expect(await find('old+news@one.example')).toEqual({ tenant: 'one', isActive: false });
  expect(await find('old@one.example')).toEqual({ tenant: 'one', isActive: false });
  expect(await find('eva@münchen.example')).toEqual({ tenant: 'two', isActive: true });
  expect(await find('ann@blocked.example')).toEqual({ tenant: 'blocked', isActive: false });
  expect(await find('nobody@other.example')).toBeNull();
  expect(await find('postmaster')).toBeNull();
});
