import { describe, expect, test } from '@jest/globals';
import { readHtml } from './html.ts';

function read(html: string): { seen: string; hidden: string } {
  const { text, hiddenText } = readHtml(html, 1000);
  const tidy = (words: string) => words.replace(/\s+/g, ' ').trim();
  return { seen: tidy(text), hidden: tidy(hiddenText) };
}

describe('hidden text', () => {
  test.each([
    ['display', '<p>a<span style="display: none !important">b</span>'],
    ['visibility', '<p>a<span style="visibility:hidden">b</span>'],
    ['the attribute', '<p>a<span hidden>b</span>'],
    ['opacity', '<p>a<span style="opacity:0">b</span>'],
    ['the size of letters', '<p>a<span style="font-size:0px">b</span>'],
    ['a flat box', '<p>a<div style="max-height:0; overflow:hidden">b</div>'],
    ['a place far away', '<p>a<div style="position:absolute; left:-9999px">b</div>'],
    ['a transparent colour', '<p>a<span style="color:transparent">b</span>'],
    ['white on white', '<p>a<font color="#FFFFFF">b</font>'],
    ['grey on the same grey', '<body bgcolor="#eeeeee"><p>a<span style="color:#eee">b</span>'],
    ['a class of the style sheet', '<style>.x { display: none }</style><p>a<span class="x">b</span>'],
  ])('is told from visible text: %s', (_, html) => {
    expect(read(html)).toEqual({ seen: 'a', hidden: 'b' });
  });

  test.each([
    ['white on black', '<table bgcolor="black"><tr><td><font color="white">a</font></table>'],
    ['white on a picture', '<table background="x.png"><tr><td><font color="white">a</font></table>'],
    [
      'letters inside a box that only removes gaps',
      '<div style="font-size:0"><span style="font-size:14px">a</span></div>',
    ],
    [
      'what is hidden on telephones only',
      '<style>@media (max-width:600px) { .x { display:none } }</style><p class="x">a',
    ],
  ])('is not taken for hidden: %s', (_, html) => {
    expect(read(html)).toEqual({ seen: 'a', hidden: '' });
  });

  test('links in it are still found', () => {
    const { references } = readHtml('<div style="display:none"><a href="https://a.example/">x</a></div>', 100);
    expect(references.map(({ value }) => value)).toEqual(['https://a.example/']);
  });

  test('a page that is read again within the same bound is not read anew', () => {
    const page = '<p>once</p>';
    expect(readHtml(page, 1)).toBe(readHtml(page, 1));
    expect(readHtml(page, 100)).toMatchObject({ text: expect.stringContaining('once'), rest: '' });
    expect(readHtml('<p>twice</p>', 1)).not.toBe(readHtml(page, 1));
  });

  test('a style sheet without an end costs no more than its length', () => {
    const beganMs = performance.now();
    readHtml(`<style>${'a'.repeat(500_000)}</style>${'{'.repeat(500_000)}`, 1000);
    readHtml(`<style>${'@a{'.repeat(100_000)}</style>`, 1000);
    expect(performance.now() - beganMs).toBeLessThan(20_000);
  });
});
