import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { chooseSeed, eventually } from '@sluice/testkit';
import fc from 'fast-check';
import { policyCutOff } from '../src/policy/metrics.ts';
import { createPolicyServer } from '../src/policy/server.ts';
import { silentLog } from './gateways.ts';

const LIMITS = { idleMs: 30_000, requestMs: 30_000, drainMs: 5_000 };

let cleaners: (() => Promise<unknown>)[] = [];
beforeEach(() => {
  cleaners = [];
  policyCutOff.reset();
});
afterEach(async () => {
  for (const clean of cleaners.toReversed()) await clean();
});

interface Options {
  limits?: Partial<typeof LIMITS>;
  maxConnections?: number;
  actionFor?: (recipient: string) => Promise<string>;
}

/** A server that says of each recipient its name, where nothing is said. */
async function startServer({
  limits = {},
  maxConnections = 50,
  actionFor = async (name) => `X ${name}`,
}: Options = {}) {
  const server = createPolicyServer({ actionFor, maxConnections, log: silentLog(), limits: { ...LIMITS, ...limits } });
  const port = await server.listen(0, '127.0.0.1');
  cleaners.push(server.stop);
  return { port, stop: server.stop };
}

interface Line {
  socket: Socket;
  /** All that has come back. */
  said(): string;
  closed: Promise<unknown>;
}

async function call(port: number): Promise<Line> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.setEncoding('utf8').on('data', (part: string) => (text += part));
  socket.on('error', () => undefined);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await once(socket, 'connect');
  cleaners.push(async () => socket.destroy());
  return { socket, said: () => text, closed };
}

/** Connections that the server has ended, by why. */
async function cutOffs(): Promise<Record<string, number>> {
  const { values } = await policyCutOff.get();
  return Object.fromEntries(values.map(({ labels, value }) => [String(labels.reason), value]));
}

const requestFor = (recipient: string, state = 'RCPT') =>
  `request=smtpd_access_policy\nprotocol_state=${state}\nprotocol_name=ESMTP\nrecipient=${recipient}\n\n`;
const answerFor = (recipient: string) => `action=X ${recipient}\n\n`;

describe('a connection', () => {
  test('asks many times, one after the other and all at once, and each request has its answer in order', async () => {
    const { port } = await startServer();
    const line = await call(port);
    for (const name of ['a', 'b', 'c']) {
      line.socket.write(requestFor(name));
      await eventually(() => line.said().endsWith(answerFor(name)));
    }
    const names = Array.from({ length: 500 }, (_, n) => `n${n}`);
    line.socket.write(names.map((name) => requestFor(name)).join(''));
    const expected = ['a', 'b', 'c', ...names].map(answerFor).join('');
    await eventually(() => line.said().length >= expected.length);
    expect(line.said()).toBe(expected);
  });

  test('that closes its side is still answered, and then closed', async () => {
    let release = () => undefined as void;
    const held = new Promise<void>((resolve) => (release = resolve));
    const { port } = await startServer({ actionFor: () => held.then(() => 'X late') });
    const line = await call(port);
    line.socket.end(requestFor('a'));
    release();
    await line.closed;
    expect(line.said()).toBe('action=X late\n\n');
  });

  test('is told nothing of other states than RCPT, and of no recipient', async () => {
    const { port } = await startServer();
    const line = await call(port);
    line.socket.end(['DATA', 'MAIL', 'CONNECT'].map((state) => requestFor('a', state)).join('') + requestFor(''));
    await line.closed;
    expect(line.said()).toBe('action=DUNNO\n\n'.repeat(4));
  });

  test('is ended without an answer at what is no request', async () => {
    const { port } = await startServer();
    const line = await call(port);
    line.socket.write('GET / HTTP/1.1\nHost: x\n\n');
    await line.closed;
    expect(line.said()).toBe('');
  });

  test('is ended when it is silent too long, between requests and within one that drips', async () => {
    const { port } = await startServer({ limits: { idleMs: 40 } });
    await (await call(port)).closed;
    expect(await cutOffs()).toEqual({ idle: 1 });
    const { port: other } = await startServer({ limits: { requestMs: 60 } });
    const line = await call(other);
    const drip = setInterval(() => line.socket.write('x'), 10);
    cleaners.push(async () => clearInterval(drip));
    await line.closed;
    expect(await cutOffs()).toEqual({ idle: 1, slow: 1 });
  });

  test('beyond the cap is closed at once, and the others go on', async () => {
    const { port } = await startServer({ maxConnections: 2 });
    const [one, two] = [await call(port), await call(port)];
    const third = await call(port);
    await third.closed;
    for (const line of [one, two]) {
      line.socket.write(requestFor('a'));
      await eventually(() => line.said() === answerFor('a'));
    }
    one.socket.destroy();
    await eventually(async () => {
      const next = await call(port);
      next.socket.write(requestFor('b'));
      await Promise.race([next.closed, once(next.socket, 'data')]);
      return next.said() === answerFor('b');
    });
  });

  test('that takes no answers holds nothing up, and is ended', async () => {
    const { port } = await startServer({ limits: { idleMs: 200 }, actionFor: async () => 'X '.padEnd(60_000, 'y') });
    const line = await call(port);
    line.socket.pause();
    line.socket.write(requestFor('a').repeat(2_000));
    const other = await call(port);
    other.socket.end(requestFor('b'));
    await other.closed;
    expect(other.said()).toHaveLength('action=\n\n'.length + 60_000);
    // Without reading, this side hears of the end only when it writes.
    const poke = setInterval(() => line.socket.write('x=1\n'), 20);
    cleaners.push(async () => clearInterval(poke));
    await line.closed;
  });
});

test('at the stop what is under way is answered, the silent are closed, and nobody is let in', async () => {
  let release = () => undefined as void;
  const held = new Promise<void>((resolve) => (release = resolve));
  let asked = 0;
  const actionFor = async () => {
    asked += 1;
    await held;
    return 'X late';
  };
  const { port, stop } = await startServer({ actionFor });
  const [silent, busy] = [await call(port), await call(port)];
  busy.socket.write(requestFor('a'));
  await eventually(() => asked === 1);
  const stopped = stop();
  await silent.closed;
  release();
  await stopped;
  await busy.closed;
  expect(busy.said()).toBe('action=X late\n\n');
  await expect(call(port)).rejects.toThrow(/ECONNREFUSED/);
  await stop();
});

test('no bytes in no pieces harm the server or other connections', async () => {
  const { port } = await startServer();
  const steady = await call(port);
  const seed = Math.floor(chooseSeed('policy connections'));
  const piece = fc.oneof(
    fc.constantFrom(
      requestFor('a'),
      'request=smtpd_access_policy\n',
      'recipient=',
      '\n',
      '\n\n',
      '\u0000',
      '='.repeat(5_000),
    ),
    fc.string({ unit: 'binary', maxLength: 60 }),
  );
  let count = 0;
  const property = fc.asyncProperty(fc.array(piece, { maxLength: 12 }), fc.boolean(), async (pieces, isAborted) => {
    const line = await call(port);
    for (const text of pieces) line.socket.write(text.toWellFormed());
    if (isAborted) line.socket.destroy();
    else line.socket.end();
    await line.closed;
    expect(line.said()).toMatch(/^(action=[^\n]+\n\n)*$/);
    count += 1;
    steady.socket.write(requestFor('steady'));
    await eventually(() => steady.said().length === count * answerFor('steady').length);
  });
  await fc.assert(property, { seed, numRuns: 200, endOnFailure: true });
});
