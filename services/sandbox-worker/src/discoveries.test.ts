import { describe, expect, test } from '@jest/globals';
import type { Hop, VisitFacts } from '@sluice/contracts';
import { discoveries } from './discoveries.ts';

const hop = (url: string, address: string): Hop => ({
  url,
  kind: null,
  status: 200,
  address,
  port: 443,
  tookMs: 1,
  bytes: 1,
});
const seen = (facts: Partial<VisitFacts>): VisitFacts => ({
  v: 1,
  by: 'browser',
  url: 'https://short.example/x',
  finalUrl: 'https://short.example/x',
  chain: [],
  landing: null,
  download: null,
  cuts: [],
  guard: [],
  screenshot: null,
  tookMs: 1,
  ...facts,
});
const list = (facts: Partial<VisitFacts>) => discoveries(seen(facts)).map(({ kind, value }) => `${kind} ${value}`);
const landing = (actions: string[]): VisitFacts['landing'] => ({
  url: 'https://land.example/in',
  contentType: 'text/html',
  title: null,
  siteName: null,
  forms: actions.map((action) => ({ method: 'post', action, fields: 2, passwordFields: 1 })),
  passwordFields: 1,
  links: 0,
  text: '',
});

describe('discoveries', () => {
  test('are where it led, the file, where forms post, hosts and public addresses, in this order', () => {
    expect(
      list({
        finalUrl: 'https://land.example/in',
        chain: [
          hop('https://short.example/x', '93.184.216.34'),
          hop('https://mid.example/', '1.1.1.1'),
          hop('https://land.example/in', '8.8.8.8'),
        ],
        landing: landing(['https://collect.example/take', 'https://land.example/self']),
        download: { url: '', fileName: null, contentType: '', bytes: 1, sha256: 'a'.repeat(64) },
      }),
    ).toEqual([
      'url https://land.example/in',
      `hash ${'a'.repeat(64)}`,
      'domain collect.example',
      'domain land.example',
      'domain mid.example',
      'ip 8.8.8.8',
      'ip 1.1.1.1',
      'ip 93.184.216.34',
    ]);
  });

  test('never name what was asked for, its host, or what is private', () => {
    expect(
      list({
        finalUrl: 'http://10.0.0.5/',
        cuts: [{ reason: 'private-address', url: 'http://10.0.0.5/', message: '' }],
        chain: [hop('https://short.example/x', '127.0.0.1')],
        landing: landing(['https://short.example/post', 'http://192.168.0.1/', 'javascript:void(0)']),
      }),
    ).toEqual([]);
  });

  test('are at most twelve', () => {
    const chain = Array.from({ length: 11 }, (_, at) => hop(`https://h${at}.example/`, `8.8.8.${at}`));
    expect(list({ chain, finalUrl: 'https://h10.example/' })).toHaveLength(12);
  });
});
