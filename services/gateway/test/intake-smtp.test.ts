import { afterEach, describe, expect, test } from '@jest/globals';
import { SluiceError } from '@sluice/contracts';
import { createTransport } from 'nodemailer';
import { begin, rawClient, say, startMailServer, type TestMailServer } from './intake-servers.ts';

let server: TestMailServer;
afterEach(() => server.stop());

const MAIL = 'From: a@example.org\r\nSubject: Hello\r\n\r\nNothing of note.\r\n';
const busy = () => new SluiceError('queue-behind', 'Later.', { httpStatus: 503, disposition: 'retry' });

/** What a mail server of others does, by nodemailer. */
async function send(
  to: string[],
  lmtp = false,
): Promise<{ accepted: unknown[]; rejected: unknown[]; response: string }> {
  const transport = createTransport({ host: '127.0.0.1', port: server.port, lmtp, ignoreTLS: true } as object);
  try {
    return await transport.sendMail({ envelope: { from: 'sender@example.org', to }, raw: MAIL });
  } finally {
    transport.close();
  }
}

describe('a mail over SMTP', () => {
  test('is taken in whole, with a trace before it and the id of its job in the answer', async () => {
    server = await startMailServer('smtp');
    const { response } = await send(['ann@one.example']);
    expect(response).toBe('250 2.6.0 Taken in as job-1');
    expect(server.taken).toEqual([
      { tenant: 'one', mail: expect.any(String), key: expect.stringMatching(/mail.\w{64}$/s) },
    ]);
    expect(server.taken[0]?.mail).toMatch(
      /^Return-Path: <sender@example\.org>\r\nReceived: from \S+ \(\[127\.0\.0\.1\]\)\r\n\tby mx\.fleet\.example \(Sluice\) with ESMTP id \S+;\r\n\t\w{3}, \d\d \w{3} \d{4} [\d:]{8} \+0000\r\nFrom: /,
    );
    expect(server.taken[0]?.mail.endsWith(MAIL)).toBe(true);
  });

  test('to two recipients of a tenant is one job, to two tenants it is two', async () => {
    server = await startMailServer('smtp');
    await send(['ann@one.example', 'ben@one.example', 'cat@two.example']);
    expect(server.taken.map(({ tenant }) => tenant).toSorted()).toEqual(['one', 'two']);
  });

  test('that comes again has the key and the bytes of the first time', async () => {
    server = await startMailServer('smtp');
    await send(['ann@one.example']);
    await send(['ann@one.example']);
    expect(server.taken[1]).toEqual(server.taken[0]);
  });

  test('is told 250 only when it is safe', async () => {
    server = await startMailServer('smtp');
    const release = server.hold();
    const client = await rawClient(server.port);
    await begin(client, 'ann@one.example');
    client.send(`${MAIL}.\r\nNOOP\r\n`);
    const other = await rawClient(server.port);
    await say(other, 'EHLO other.example');
    expect(client.heard()).toMatch(/354 .*\r\n$/);
    release();
    expect(await client.until(/250 2\.0\.0 OK\r\n/)).toMatch(/^250 2\.6\.0 Taken in as job-1\r\n/);
    client.socket.destroy();
    other.socket.destroy();
  });

  test.each([
    ['the fleet takes nothing', busy(), /^451 4\.3\.1 /],
    ['the operator has switched it off', new SluiceError('pipeline-off', 'Off.', { httpStatus: 503 }), /^451 4\.3\.1 /],
    ['a tenant has too many jobs', new SluiceError('too-many-jobs', 'Later.', { httpStatus: 429 }), /^451 4\.3\.1 /],
    ['Redis is away', new Error('Connection is closed.'), /^451 4\.3\.1 /],
    ['something inside fails', new TypeError('x is not a function'), /^451 4\.3\.0 /],
    ['the mail itself is refused', new SluiceError('too-large', 'No.', { httpStatus: 413 }), /^554 5\.6\.0 /],
  ])('is told to come again or not, where %s', async (_what, error, expected) => {
    server = await startMailServer('smtp');
    server.refuse(error);
    const client = await rawClient(server.port);
    await begin(client, 'ann@one.example');
    expect(await say(client, `${MAIL}.`)).toMatch(expected);
    expect(await say(client, 'NOOP')).toMatch(/^250 /);
    client.socket.destroy();
  });

  test('comes again for all where one tenant of two could not have it', async () => {
    server = await startMailServer('smtp');
    server.refuse(busy(), 'two');
    await expect(send(['ann@one.example', 'cat@two.example'])).rejects.toMatchObject({ responseCode: 451 });
    server.refuse(undefined, 'two');
    await send(['ann@one.example', 'cat@two.example']);
    const [first, ...rest] = server.taken;
    expect(rest.find(({ tenant }) => tenant === 'one')).toEqual(first);
  });
});

describe('recipients', () => {
  test('unknown, inactive and uncertain ones are refused each in its way', async () => {
    server = await startMailServer('smtp', {
      find: (address) => {
        if (address === 'away@one.example')
          return Promise.reject(new SluiceError('record-away', 'x', { httpStatus: 503 }));
        return Promise.resolve(address === 'old@one.example' ? { tenant: 'one', isActive: false } : null);
      },
    });
    const client = await rawClient(server.port);
    await say(client, 'EHLO client.example');
    await say(client, 'MAIL FROM:<>');
    expect(await say(client, 'RCPT TO:<nobody@one.example>')).toMatch(/^550 5\.1\.1 /);
    expect(await say(client, 'RCPT TO:<old@one.example>')).toMatch(/^550 5\.2\.1 /);
    expect(await say(client, 'RCPT TO:<away@one.example>')).toMatch(/^451 4\.3\.0 /);
    expect(await say(client, 'DATA')).toMatch(/^503 /);
    client.socket.destroy();
  });

  test('a thousand of them are cut at a hundred', async () => {
    server = await startMailServer('smtp', { find: () => Promise.resolve({ tenant: 'one', isActive: true }) });
    const client = await rawClient(server.port);
    await say(client, 'EHLO client.example');
    await say(client, 'MAIL FROM:<>');
    const lines = Array.from({ length: 1_000 }, (_, at) => `RCPT TO:<u${at}@one.example>\r\n`);
    client.send(`${lines.join('')}NOOP\r\n`);
    const answers = await client.until(/^250 2\.0\.0 OK\r\n/m);
    expect(answers.match(/^250 2\.1\.5 /gm)).toHaveLength(100);
    expect(answers.match(/^452 4\.5\.3 /gm)).toHaveLength(900);
    expect(await say(client, 'DATA')).toMatch(/^354 /);
    expect(await say(client, `${MAIL}.`)).toMatch(/^250 /);
    expect(server.taken).toHaveLength(1);
    client.socket.destroy();
  });

  test('who guesses addresses over SMTP is sent away; a mail server over LMTP is not', async () => {
    const guess = Array.from({ length: 30 }, (_, at) => `RCPT TO:<u${at}@one.example>\r\n`).join('');
    for (const door of ['smtp', 'lmtp'] as const) {
      server = await startMailServer(door);
      const client = await rawClient(server.port);
      await say(client, door === 'smtp' ? 'EHLO client.example' : 'LHLO client.example');
      await say(client, 'MAIL FROM:<>');
      client.send(`${guess}QUIT\r\n`);
      await client.ended;
      expect(client.heard().match(/^550 5\.1\.1 /gm)).toHaveLength(door === 'smtp' ? 19 : 30);
      expect(client.heard().includes('421 4.7.0')).toBe(door === 'smtp');
      await server.stop();
    }
  });
});

describe('LMTP', () => {
  test('answers for each recipient, in their order', async () => {
    server = await startMailServer('lmtp');
    server.refuse(busy(), 'two');
    const client = await rawClient(server.port);
    await say(client, 'LHLO client.example');
    await say(client, 'MAIL FROM:<sender@example.org>');
    for (const to of ['ann@one.example', 'cat@two.example', 'ben@one.example']) await say(client, `RCPT TO:<${to}>`);
    await say(client, 'DATA');
    client.send(`${MAIL}.\r\nNOOP\r\n`);
    const answers = (await client.until(/^250 2\.0\.0 OK\r\n/m)).split('\r\n');
    expect(answers).toEqual([
      '250 2.6.0 Taken in as job-1',
      expect.stringMatching(/^451 4\.3\.1 /),
      '250 2.6.0 Taken in as job-1',
      '250 2.0.0 OK',
      '',
    ]);
    expect(server.taken).toHaveLength(1);
    client.socket.destroy();
  });

  test('works with a client of others, and says what RFC 2033 asks for', async () => {
    server = await startMailServer('lmtp');
    const client = await rawClient(server.port);
    const hello = await say(client, 'LHLO client.example');
    for (const word of ['PIPELINING', 'ENHANCEDSTATUSCODES', '8BITMIME', `SIZE ${25 * 1_024 * 1_024}`])
      expect(hello).toContain(word);
    expect(hello).not.toMatch(/AUTH|STARTTLS|XCLIENT/);
    expect(await say(client, 'EHLO client.example')).toMatch(/^500 /);
    client.socket.destroy();
    expect((await send(['ann@one.example'], true)).accepted).toEqual(['ann@one.example']);
    expect(server.taken[0]?.mail).toContain(' with LMTP id ');
  });
});

describe('the stop', () => {
  test('lets a transaction end, sends idle ones away and takes nothing new', async () => {
    server = await startMailServer('smtp');
    const busyClient = await rawClient(server.port);
    await begin(busyClient, 'ann@one.example');
    const idle = await rawClient(server.port);
    const stopped = server.stop();
    expect(await idle.until(/^421 4\.3\.2 .*\r\n/m)).toContain('421 4.3.2');
    idle.socket.end();
    expect(await say(busyClient, `${MAIL}.`)).toMatch(/^250 2\.6\.0 /);
    await busyClient.until(/^421 4\.3\.2 .*\r\n/m);
    busyClient.socket.end();
    await stopped;
    await expect(send(['ann@one.example'])).rejects.toMatchObject({ code: 'ESOCKET' });
  });

  test('cuts off who does not come to an end', async () => {
    server = await startMailServer('smtp', { limits: { drainMs: 50 } });
    const client = await rawClient(server.port);
    await begin(client, 'ann@one.example');
    client.send('Subject: never');
    await server.stop();
    await client.ended;
    expect(server.taken).toEqual([]);
  });
});
