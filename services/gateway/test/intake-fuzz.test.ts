import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { chooseSeed } from '@sluice/testkit';
import fc from 'fast-check';
import { connect } from 'node:net';
import { startMailServer, type TestMailServer } from './intake-servers.ts';

const RUNS = 60;
let servers: Record<'smtp' | 'lmtp', TestMailServer>;
const faults: unknown[] = [];
const onFault = (error: unknown) => faults.push(error);
beforeAll(async () => {
  const limits = { mailBytes: 4_096, idleMs: 2_000, dataMs: 2_000, sessionMs: 4_000 };
  process.on('unhandledRejection', onFault);
  servers = { smtp: await startMailServer('smtp', { limits }), lmtp: await startMailServer('lmtp', { limits }) };
});
afterAll(async () => {
  process.off('unhandledRejection', onFault);
  await Promise.all(Object.values(servers).map((server) => server.stop()));
});

const WORDS = `EHLO client.example|LHLO client.example|HELO x|MAIL FROM:<a@example.org>|MAIL FROM:<>|RSET|NOOP|HELP
RCPT TO:<ann@one.example>|RCPT TO:<cat@two.example>|RCPT TO:<postmaster>|DATA|.|..|QUIT x|VRFY ann|STARTTLS|BDAT 5 LAST
MAIL FROM:<a@example.org> SIZE=99999|MAIL FROM:<a@b> BODY=8BITMIME SMTPUTF8|AUTH PLAIN x|RCPT TO:<@relay.example:ann@one.example>
RCPT TO:<"a b"@one.example>|RCPT TO:<ann@[127.0.0.1]>`.split(/[|\n]/);

const line = () =>
  fc.oneof(
    fc.constantFrom(...WORDS),
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.integer({ min: 1, max: 20_000 }).map((length) => 'x'.repeat(length)),
  );
const end = () => fc.constantFrom('\r\n', '\r\n', '\r\n', '\n', '\r', '\r\n.\r\n', '\n.\r\n', '');
const dialogue = () => fc.array(fc.tuple(line(), end()), { minLength: 1, maxLength: 25 });

/** Says all of it in pieces, and waits until the server has closed the connection or answered the last word. */
function converse(port: number, bytes: Buffer, cuts: readonly number[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let heard = '';
    let isGreeted = false;
    socket.setNoDelay(true).setEncoding('latin1');
    socket.on('error', () => undefined);
    socket.setTimeout(20_000, () => reject(new Error(`no end of the conversation: ${heard.slice(-200)}`)));
    socket.on('data', (text: string) => {
      heard += text;
      if (isGreeted) return;
      isGreeted = true;
      let from = 0;
      for (const cut of [...cuts.map((one) => one % bytes.length).toSorted((a, b) => a - b), bytes.length]) {
        socket.write(bytes.subarray(from, cut));
        from = cut;
      }
      socket.end();
    });
    socket.once('close', () => resolve(heard));
  });
}

test.each(['smtp', 'lmtp'] as const)(
  'no dialogue of %s crashes or hangs the server, or is answered with anything but answers',
  async (door) => {
    const seed = Math.floor(chooseSeed(`dialogue of ${door}`));
    const server = servers[door];
    const property = fc.asyncProperty(dialogue(), fc.array(fc.nat(), { maxLength: 6 }), async (lines, cuts) => {
      const bytes = Buffer.from(lines.map((parts) => parts.join('')).join(''));
      fc.pre(bytes.length > 0);
      const heard = await converse(server.port, bytes, cuts);
      for (const answer of heard.split('\r\n').slice(0, -1))
        expect(answer).toMatch(/^[2-5]\d\d[ -][\x20-\x7e\u0080-\u00ff]*$/);
      expect(heard).not.toMatch(/\.ts|node_modules|TypeError|undefined/);
    });
    await fc.assert(property, { seed, numRuns: RUNS });
    for (const { mail } of server.taken) expect(mail).toMatch(/^Return-Path: <\S*>\r\nReceived: from /);
    expect(faults).toEqual([]);
  },
);
