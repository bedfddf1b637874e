import { describe, expect, test } from '@jest/globals';
import { splitWords, UsageError, type Values } from './options.ts';
import { findCommand } from './registry.ts';
import { readScan, type SCAN_OPTIONS } from './scan-request.ts';

/** What a scan is asked for, as the command reads it. */
function parse(words: string[]) {
  const { command, rest } = findCommand(words);
  if (command?.name !== 'scan') throw new Error('is no scan');
  const { values, positionals } = splitWords(rest, command.options);
  return { ...readScan(positionals, values as Values<typeof SCAN_OPTIONS>), json: values.json === true };
}

describe('the words of a scan', () => {
  test('name files and folders, with the defaults for all else', () => {
    expect(parse(['scan', 'a.eml', 'folder'])).toEqual({
      paths: ['a.eml', 'folder'],
      observables: [],
      json: false,
      priority: 'normal',
      tlp: undefined,
      parallel: 16,
      waitAmendmentsMs: 0,
    });
  });

  test('may stand in any order, and name observables more than once', () => {
    const words = ['--json', '--url', 'https://a.test', 'scan', '--ip=192.0.2.1', '--url', 'https://b.test'];
    const more = ['--priority', 'urgent', '--tlp', 'amber+strict', '--parallel', '2', '--wait-amendments', '90'];
    expect(parse([...words, ...more])).toEqual({
      paths: [],
      observables: [
        { type: 'url', value: 'https://a.test' },
        { type: 'url', value: 'https://b.test' },
        { type: 'ip', value: '192.0.2.1' },
      ],
      json: true,
      priority: 'urgent',
      tlp: 'amber+strict',
      parallel: 2,
      waitAmendmentsMs: 90_000,
    });
  });

  test('after -- every word is a file, and - is standard input', () => {
    expect(parse(['scan', '-', '--', '--json', 'jobs'])).toMatchObject({ paths: ['-', '--json', 'jobs'], json: false });
  });

  test.each([
    [['scan'], /Nothing to scan/],
    [['scan', 'a', '--fast'], /Unknown option '--fast'/],
    [['scan', 'a', '--priority', 'now'], /urgent, high, normal, low/],
    [['scan', 'a', '--tlp', 'pink'], /clear, green, amber/],
    [['scan', 'a', '--parallel', '0'], /1 to 256/],
    [['scan', 'a', '--parallel', '1e2'], /1 to 256/],
    [['scan', 'a', '--wait-amendments', '-1'], /argument is ambiguous|0 to 86400/],
    [['scan', 'a', '--wait-amendments=1.5'], /0 to 86400/],
    [['scan', 'a', '--wait-amendments', '86401'], /0 to 86400/],
    [['scan', 'a', '--url'], /argument missing/],
    [['scan', ''], /empty name/],
  ])('%j is wrong usage', (words, message) => {
    expect(() => parse(words)).toThrow(UsageError);
    expect(() => parse(words)).toThrow(message);
  });
});
