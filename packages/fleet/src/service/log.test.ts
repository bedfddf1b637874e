import { Writable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { SluiceError } from '@sluice/contracts';
import { transports } from 'winston';
import { createLogger } from './log.ts';

/** A logger, and the lines that it has written. */
function listen() {
  const lines: string[] = [];
  const stream = new Writable({
    write(data: Buffer, _encoding, done) {
      lines.push(data.toString());
      done();
    },
  });
  const log = createLogger('test', 'w', 'info');
  log.clear().add(new transports.Stream({ stream }));
  return { log, lines };
}

describe('a log line', () => {
  test('says of an error what is technical and where it was thrown, and nothing of what it was about', () => {
    const { log, lines } = listen();
    const cause = new Error('connect ECONNREFUSED https://user:hunter2@host.example/?key=abcdef');
    const thrown = [
      cause,
      new TypeError('Unexpected token "D", "Dear Anna, y"... is not valid JSON', { cause }),
      new SluiceError('provider-down', 'The provider does not answer.', { cause }),
      'password is hunter2',
      { token: 'hunter2' },
    ];
    for (const error of thrown) log.child({ task: 'a' }).error('it failed', { error });
    expect(lines).toHaveLength(thrown.length);
    const text = lines.join('');
    for (const secret of ['hunter2', 'abcdef', 'host.example', 'Anna', 'Dear']) expect(text).not.toContain(secret);
    const [first, second, third] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(first).toMatchObject({
      message: 'it failed',
      task: 'a',
      error: { message: 'Error: connect ECONNREFUSED …' },
    });
    expect(JSON.stringify(first)).toContain('packages/fleet/src/service/log.test.ts');
    expect(second).toMatchObject({
      error: { message: 'TypeError: Unexpected token … is not valid JSON; caused by Error: connect ECONNREFUSED …' },
    });
    expect(third).toMatchObject({ error: { code: 'provider-down' } });
    expect(JSON.stringify(third)).toContain('The provider does not answer.');
  });
});
