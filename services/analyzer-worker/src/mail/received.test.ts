import { describe, expect, test } from '@jest/globals';
import { readReceived } from './received.ts';

describe('readReceived', () => {
  test('hops stand in the order of travel, with what each took', () => {
    const hops = readReceived([
      'from b.example (b.example [198.51.100.2]) by c.example with ESMTPS id 3 for <x@c.example>; Sun, 22 Nov 2026 10:00:30 +0000',
      'from a (unknown [IPv6:2001:db8::5]) (authenticated) by b.example (Postfix) with ESMTP id 2; Sun, 22 Nov 2026 11:00:00 +0100 (CET)',
    ]);
    expect(hops).toEqual([
      {
        from: 'a',
        fromIp: '2001:db8::5',
        by: 'b.example',
        with: 'ESMTP',
        at: '2026-11-22T10:00:00.000Z',
        delaySeconds: null,
      },
      {
        from: 'b.example',
        fromIp: '198.51.100.2',
        by: 'c.example',
        with: 'ESMTPS',
        at: '2026-11-22T10:00:30.000Z',
        delaySeconds: 30,
      },
    ]);
  });

  test('a clock that runs back gives a negative delay, and a hop without a time none', () => {
    const hops = readReceived([
      'by c; Sun, 22 Nov 2026 09:59:00 +0000',
      'by b',
      'by a; Sun, 22 Nov 2026 10:00:00 +0000',
    ]);
    expect(hops.map((hop) => hop.delaySeconds)).toEqual([null, null, -60]);
  });

  test('nonsense gives an empty hop', () => {
    expect(readReceived(['((((; ;'])).toEqual([
      { from: null, fromIp: null, by: null, with: null, at: null, delaySeconds: null },
    ]);
  });
});
