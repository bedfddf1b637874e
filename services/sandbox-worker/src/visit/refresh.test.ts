import { describe, expect, test } from '@jest/globals';
import { refreshTarget } from './refresh.ts';

describe('refreshTarget', () => {
  test.each([
    ['0;url=/a', '/a'],
    ['0; URL = "/a" rest', '/a'],
    ["5,url='/a'", '/a'],
    ['0 url=/a', '/a'],
    ['0;/a', '/a'],
    ['  0.5 ;\turl=/a  ', '/a'],
    ['.5;url=/a', '/a'],
    ['0;url=http://x.example/?url=y;z', 'http://x.example/?url=y;z'],
    ['30;url=/a', '/a'],
  ])('%j leads to %s', (value, target) => {
    expect(refreshTarget(value, 30)).toBe(target);
  });

  test.each([
    '',
    '0',
    '5;',
    '0;url=',
    "0;url=''",
    'url=/a',
    'x;url=/a',
    '31;url=/a',
    '999999999999;url=/a',
    '-1;url=/a',
  ])('%j leads nowhere', (value) => expect(refreshTarget(value, 30)).toBeNull());
});
