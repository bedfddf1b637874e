import { connect } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { eventually } from '@sluice/testkit';
import { begin, rawClient, say, startMailServer, type TestMailServer } from './intake-servers.ts';

let server: TestMailServer;
afterEach(() => server.stop());

const MB = 1_024 * 1_024;

describe('smuggling', () => {
  const smuggled =
    'MAIL FROM:<evil@example.org>\r\nRCPT TO:<ann@one.example>\r\nDATA\r\nSubject: smuggled\r\n\r\n.\r\n';

  test.each([
    ['LF . CRLF', '\n.\r\n'],
    ['LF . LF', '\n.\n'],
    ['CRLF . LF', '\r\n.\n'],
    ['CR . CR', '\r.\r'],
    ['CR . CRLF', '\r.\r\n'],
    ['CRLF . CR', '\r\n.\r'],
  ])('%s does not end a mail: what follows is of the mail', async (_name, end) => {
    server = await startMailServer('smtp');
    const client = await rawClient(server.port);
    await begin(client, 'ann@one.example');
    client.send(`Subject: first\r\n\r\nText${end}${smuggled}`);
    await client.until(/^250 2\.6\.0 .*\r\n/m);
    await say(client, 'NOOP');
    expect(server.taken).toHaveLength(1);
    expect(server.taken[0]?.mail).toContain('evil@example.org');
    client.socket.destroy();
  });

  test('the same at every place where the bytes may be cut', async () => {
    server = await startMailServer('smtp');
    const text = `..first line\r\nText\n.\r\n..two\r\n${smuggled.replace('\r\n.\r\n', '')}`;
    const expected = text.replaceAll(/^\.\./gm, '.');
    const other = await rawClient(server.port);
    await say(other, 'EHLO other.example');
    for (let cut = 1; cut < 40; cut += 1) {
      const client = await rawClient(server.port);
      await begin(client, 'ann@one.example');
      client.socket.setNoDelay(true);
      client.send(text.slice(0, cut));
      // When it has answered somebody else, the server has read the first piece.
      await say(other, 'NOOP');
      client.send(text.slice(cut));
      client.send('\r\n.\r\n');
      await client.until(/^250 2\.6\.0 .*\r\n/m);
      client.socket.destroy();
    }
    other.socket.destroy();
    expect(server.taken).toHaveLength(39);
    const bodies = server.taken.map(({ mail }) => mail.slice(mail.indexOf('\r\n', mail.indexOf('+0000')) + 2));
    expect(new Set(bodies)).toEqual(new Set([`${expected}\r\n`]));
  });
});

test('pipelined commands are answered in order, two mails on one connection are two mails', async () => {
  server = await startMailServer('smtp');
  const client = await rawClient(server.port);
  const mail = (text: string) => `MAIL FROM:<a@example.org>\r\nRCPT TO:<ann@one.example>\r\nDATA\r\n${text}\r\n.\r\n`;
  client.send(`EHLO client.example\r\n${mail('one')}${mail('two')}QUIT\r\n`);
  await client.ended;
  expect(server.taken.map(({ mail: text }) => text.slice(-5))).toEqual(['one\r\n', 'two\r\n']);
  expect(client.heard()).toMatch(/221 2\.0\.0 Bye\r\n$/);
});

test('who talks before the greeting is sent away', async () => {
  server = await startMailServer('smtp');
  const client = rawClient(server.port);
  // The client waits for the greeting; this one does not.
  const early = connect(server.port, '127.0.0.1');
  early.write('EHLO client.example\r\nMAIL FROM:<a@example.org>\r\n');
  const answer = await new Promise<string>((resolve) => early.setEncoding('utf8').once('data', resolve));
  expect(answer).toMatch(/^421 /);
  early.destroy();
  (await client).socket.destroy();
});

describe('size', () => {
  const limits = { mailBytes: MB };

  test('a mail of the cap is taken in, to the byte', async () => {
    server = await startMailServer('smtp', { limits });
    const client = await rawClient(server.port);
    await begin(client, 'ann@one.example');
    expect(await say(client, `${'x'.repeat(MB - 2)}\r\n.`)).toMatch(/^250 /);
    expect(server.taken[0]?.mail.length).toBeGreaterThan(MB);
    client.socket.destroy();
  });

  test('one byte more is refused when it has come, and nothing of it is kept', async () => {
    server = await startMailServer('smtp', { limits });
    const client = await rawClient(server.port);
    await begin(client, 'ann@one.example');
    expect(await say(client, `${'x'.repeat(MB - 1)}\r\n.`)).toMatch(/^552 5\.3\.4 /);
    expect(await say(client, 'NOOP')).toMatch(/^250 /);
    expect(server.taken).toEqual([]);
    client.socket.destroy();
  });

  test('an announced size is refused at once', async () => {
    server = await startMailServer('smtp', { limits });
    const client = await rawClient(server.port);
    await say(client, 'EHLO client.example');
    expect(await say(client, `MAIL FROM:<a@example.org> SIZE=${MB + 1}`)).toMatch(/^552 5\.3\.4 /);
    client.socket.destroy();
  });

  test('a mail without an end is cut off at twice the cap', async () => {
    server = await startMailServer('smtp', { limits });
    const client = await rawClient(server.port);
    await begin(client, 'ann@one.example');
    for (let mb = 0; mb < 4; mb += 1) client.send('x'.repeat(MB));
    await client.ended;
    expect(client.heard()).toMatch(/552 5\.3\.4 .*\r\n$/);
    expect(server.taken).toEqual([]);
  });

  test('over LMTP each recipient hears it', async () => {
    server = await startMailServer('lmtp', { limits });
    const client = await rawClient(server.port);
    await say(client, 'LHLO client.example');
    await say(client, 'MAIL FROM:<>');
    for (const to of ['ann@one.example', 'cat@two.example']) await say(client, `RCPT TO:<${to}>`);
    await say(client, 'DATA');
    client.send(`${'x'.repeat(MB)}\r\n.\r\nNOOP\r\n`);
    const answers = await client.until(/^250 .*\r\n/m);
    expect(answers.match(/^552 5\.3\.4 /gm)).toHaveLength(2);
    client.socket.destroy();
  });

  test('an empty mail is refused', async () => {
    server = await startMailServer('smtp');
    const client = await rawClient(server.port);
    await begin(client, 'ann@one.example');
    expect(await say(client, '.')).toMatch(/^554 5\.6\.0 /);
    client.socket.destroy();
  });
});

describe('memory', () => {
  test('is shared by all connections: who finds no room comes again, and room comes back', async () => {
    server = await startMailServer('smtp', { memoryBytes: 3 * MB });
    const first = await rawClient(server.port);
    await begin(first, 'ann@one.example');
    first.send('x'.repeat(1.5 * MB));
    const second = await rawClient(server.port);
    await eventually(async () => {
      await begin(second, 'ann@one.example');
      expect(await say(second, `${'x'.repeat(1.5 * MB)}\r\n.`)).toMatch(/^451 4\.3\.1 /);
    });
    first.socket.destroy();
    await eventually(async () => {
      await begin(second, 'ann@one.example');
      expect(await say(second, `${'x'.repeat(1.5 * MB)}\r\n.`)).toMatch(/^250 /);
    });
    second.socket.destroy();
  });
});

describe('time', () => {
  test('who says nothing is sent away', async () => {
    server = await startMailServer('smtp', { limits: { idleMs: 300 } });
    const client = await rawClient(server.port);
    await client.ended;
    expect(client.heard()).toMatch(/421 4\.4\.2 .*\r\n$/);
  });

  test('who sends a mail byte by byte is sent away when its time is over', async () => {
    server = await startMailServer('smtp', { limits: { dataMs: 150, idleMs: 10_000 } });
    const client = await rawClient(server.port);
    await begin(client, 'ann@one.example');
    const drip = setInterval(() => client.send('x'), 10);
    await client.until(/^421 4\.4\.2 .*\r\n/m);
    clearInterval(drip);
    client.socket.destroy();
    expect(server.taken).toEqual([]);
  });

  test('a connection does not live for ever', async () => {
    server = await startMailServer('smtp', { limits: { sessionMs: 150 } });
    const client = await rawClient(server.port);
    const chat = setInterval(() => client.send('NOOP\r\n'), 10);
    await client.until(/^421 4\.3\.2 .*\r\n/m);
    clearInterval(chat);
    client.socket.destroy();
  });

  test('the fleet may take its time: a client that waits for its answer is not idle', async () => {
    server = await startMailServer('smtp', { limits: { idleMs: 500, dataMs: 500 } });
    const release = server.hold();
    const client = await rawClient(server.port);
    await begin(client, 'ann@one.example');
    client.send('Text\r\n.\r\n');
    const idle = await rawClient(server.port);
    await idle.until(/^421 4\.4\.2 .*\r\n/m);
    release();
    expect(await client.until(/^\d{3} .*\r\n/m)).toMatch(/^250 /);
    client.socket.destroy();
  });
});

describe('connections', () => {
  test('have a cap, and a place that was left is taken again', async () => {
    server = await startMailServer('smtp', { maxConnections: 2 });
    const clients = [await rawClient(server.port), await rawClient(server.port)];
    const third = connect(server.port, '127.0.0.1').setEncoding('utf8');
    expect(await new Promise((resolve) => third.once('data', resolve))).toMatch(/^421 /);
    third.destroy();
    for (const { socket } of clients) socket.destroy();
    await eventually(async () => {
      const next = connect(server.port, '127.0.0.1').setEncoding('utf8');
      const hello = await new Promise<string>((resolve) => next.once('data', resolve));
      next.destroy();
      expect(hello).toMatch(/^220 /);
    });
  });

  test('one that breaks off in the middle of a mail leaves nothing', async () => {
    server = await startMailServer('smtp');
    const client = await rawClient(server.port);
    await begin(client, 'ann@one.example');
    client.send('Subject: half');
    client.socket.resetAndDestroy();
    const next = await rawClient(server.port);
    await begin(next, 'ann@one.example');
    expect(await say(next, 'Subject: whole\r\n.')).toMatch(/^250 /);
    expect(server.taken).toHaveLength(1);
    next.socket.destroy();
  });
});

test.each([
  'AUTH PLAIN AGEAYg==',
  'STARTTLS',
  'WIZ x',
  'SHELL',
  'KILL',
  'XCLIENT ADDR=1.2.3.4',
  'XFORWARD ADDR=1.2.3.4',
])('there is no %s', async (line) => {
  server = await startMailServer('smtp');
  const client = await rawClient(server.port);
  await say(client, 'EHLO client.example');
  expect(await say(client, line)).toMatch(/^500 /);
  client.socket.destroy();
});

test('nothing that a client calls itself, or its sender, adds a line or a clause to the trace', async () => {
  server = await startMailServer('smtp');
  for (const helo of ['by', 'x(y', 'a;b', '"from"', '[6.6.6.6]', 'h'.repeat(290)]) {
    const client = await rawClient(server.port);
    await say(client, `EHLO ${helo}`);
    await say(client, 'MAIL FROM:<"a)b;c(by"@example.org>');
    await say(client, 'RCPT TO:<ann@one.example>');
    await say(client, 'DATA');
    await say(client, `Subject: ${helo.length}\r\n.`);
    client.socket.destroy();
  }
  expect(server.taken).toHaveLength(6);
  for (const { mail } of server.taken) {
    expect(mail).toMatch(
      /^Return-Path: <\S*>\r\nReceived: from (unknown|\[6\.6\.6\.6\]) \(\[127\.0\.0\.1\]\)\r\n\tby mx\.fleet\.example \(Sluice\) with ESMTP id \S+;\r\n\t.*\r\nSubject/,
    );
  }
});
