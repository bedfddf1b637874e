import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { scriptRedirect } from './script-redirect.ts';

describe('scriptRedirect', () => {
  test.each([
    [`location='/a'`, '/a'],
    [`window.location = "/a";`, '/a'],
    [`document.location.href="/a"`, '/a'],
    [`window.top.location.replace( '/a' )`, '/a'],
    ['self.location.assign(`/a`)', '/a'],
    [`if (self === top) { location.href = '/a' }`, '/a'],
    [`location.href = 'ht' + "tp://" + 'x.example/'`, 'http://x.example/'],
    [String.raw`location = "\x68ttp:\/\/x.exampl\u0065"`, 'http://x.example'],
    [`setTimeout(function () { location = '/a' }, 100)`, '/a'],
    [`(() => { location = '/a' })()`, '/a'],
    [`function go() { location = '/a' } go();`, '/a'],
    [`const go = () => { location = '/a' }; setTimeout(go, 5)`, '/a'],
    [`window.onload = function () { location = '/a' }`, '/a'],
    [`addEventListener("load", () => { location = '/a' })`, '/a'],
    [`var s = "it's // no comment"; location = '/a'`, '/a'],
    [`location = x; location = '/b'`, '/b'],
  ])('%s sends to %s', (script, target) => {
    expect(scriptRedirect([script])).toBe(target);
  });

  test.each([
    `// location = '/a'`,
    `/* location = '/a' */`,
    `location == '/a'`,
    `if (location.href === '/a') {}`,
    `var mylocation = '/a'`,
    `store.location = '/a'`,
    `location = base + '/a'`,
    `location = '/a' + id`,
    'location = `/a/${id}`',
    `location.hash = '/a'`,
    `location.replace(next)`,
    `function go() { location = '/a' }`,
    `const go = () => { location = '/a' };`,
    `button.onclick = function () { location = '/a' }`,
    `button.addEventListener('click', function () { location = '/a' })`,
    `button.addEventListener('click', () => { if (x) { location = '/a' } })`,
  ])('%s sends nowhere by itself', (script) => {
    expect(scriptRedirect([script])).toBeNull();
  });

  test('a function that another script calls counts', () => {
    expect(scriptRedirect([`function go() { location = '/a' }`, 'go()'])).toBe('/a');
  });

  test('any text is read, and quickly', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('location', '=', "'", '"', '`', '{', '}', '/*', '//', '\\', 'x', '.href', '+', '\n')),
        (parts) => {
          const target = scriptRedirect([parts.join('')]);
          return target === null || typeof target === 'string';
        },
      ),
    );
    for (const part of [
      'location=',
      "location='",
      '{location="a"+',
      '/*',
      '`',
      'window.',
      '\\',
      '(((',
      'a{',
      "location='a'+",
    ]) {
      const startMs = performance.now();
      scriptRedirect([part.repeat((256 * 1024) / part.length)]);
      expect(performance.now() - startMs).toBeLessThan(1500);
    }
  });
});
