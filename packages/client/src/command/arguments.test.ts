import { describe, expect, test } from '@jest/globals';
import { parseArguments, UsageError } from './arguments.ts';

describe('the words of the command', () => {
  test('name files and folders, with the defaults for all else', () => {
    expect(parseArguments(['scan', 'a.eml', 'folder'])).toEqual({
      kind: 'scan',
      paths: ['a.eml', 'folder'],
      observables: [],
      json: false,
      priority: 'normal',
      parallel: 16,
      waitAmendmentsMs: 0,
    });
  });

  test('may stand in any order, and name observables more than once', () => {
    const words = ['--json', '--url', 'https://a.test', 'scan', '--ip=192.0.2.1', '--url', 'https://b.test'];
    expect(parseArguments([...words, '--priority', 'urgent', '--parallel', '2', '--wait-amendments', '90'])).toEqual({
      kind: 'scan',
      paths: [],
      observables: [
        { type: 'url', value: 'https://a.test' },
        { type: 'url', value: 'https://b.test' },
        { type: 'ip', value: '192.0.2.1' },
      ],
      json: true,
      priority: 'urgent',
      parallel: 2,
      waitAmendmentsMs: 90_000,
    });
  });

  test('after -- every word is a file, and - is standard input', () => {
    expect(parseArguments(['scan', '-', '--', '--json'])).toMatchObject({ paths: ['-', '--json'], json: false });
  });

  test.each([[['--help']], [['scan', '-h']], [['help']]])('%j asks for help', (words) => {
    expect(parseArguments(words)).toEqual({ kind: 'help' });
  });

  test.each([
    [[], /command is missing/],
    [['scan'], /Nothing to scan/],
    [['send', 'a'], /no command "send"/],
    [['scan', 'a', '--fast'], /Unknown option '--fast'/],
    [['scan', 'a', '--priority', 'now'], /urgent, high, normal, low/],
    [['scan', 'a', '--parallel', '0'], /1 to 256/],
    [['scan', 'a', '--parallel', '1e2'], /1 to 256/],
    [['scan', 'a', '--wait-amendments', '-1'], /argument is ambiguous|0 to 86400/],
    [['scan', 'a', '--wait-amendments=1.5'], /0 to 86400/],
    [['scan', 'a', '--wait-amendments', '86401'], /0 to 86400/],
    [['scan', 'a', '--url'], /argument missing/],
    [['scan', ''], /empty name/],
  ])('%j is wrong usage', (words, message) => {
    expect(() => parseArguments(words)).toThrow(UsageError);
    expect(() => parseArguments(words)).toThrow(message);
  });
});
