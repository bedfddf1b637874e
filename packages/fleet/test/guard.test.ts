import { createServer as createTlsServer } from 'node:https';
import { createServer } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Identity, listenOnLoopback, type LoopbackServer, makeIdentity } from '@sluice/testkit';
import { createGuard, lookupBySystem, parseAllowList } from '../src/guard/index.ts';

/** Takes connections and says nothing. */
const startPort = () => listenOnLoopback(createServer());
const startSecurePort = (identity: Identity) =>
  listenOnLoopback(createTlsServer(identity, (_request, response) => void response.end()));

describe('the guard', () => {
  let site: LoopbackServer;
  let trap: LoopbackServer;
  const never = new AbortController().signal;
  beforeEach(async () => {
    site = await startPort();
    trap = await startPort();
  });
  afterEach(async () => {
    expect(trap.connections()).toBe(0);
    await Promise.all([site.stop(), trap.stop()]);
  });

  const guardWith = (answers: string[][]) => {
    const asked: string[] = [];
    const { allow } = parseAllowList(`127.0.0.1:${site.port}`);
    const lookup = async (host: string) => answers[asked.push(host) - 1] ?? [];
    return { asked, guard: createGuard({ lookup, allow }) };
  };

  test('asks for a name once, and connects to the address of that answer', async () => {
    const { asked, guard } = guardWith([['127.0.0.1'], ['10.0.0.1']]);
    const connection = await guard.connect({ host: 'a.example', port: site.port, secure: false }, never);
    expect(connection).toMatchObject({ address: '127.0.0.1', port: site.port });
    expect(connection.socket.remoteAddress).toBe('127.0.0.1');
    connection.socket.destroy();
    expect(asked).toEqual(['a.example']);
  });

  test('a place judged ahead is where the next connection goes, without a second question; the one after it asks again', async () => {
    const { asked, guard } = guardWith([['127.0.0.1'], ['10.0.0.1']]);
    const target = { host: 'a.example', port: site.port };
    expect(await guard.check(target, never)).toMatchObject({ address: '127.0.0.1' });
    expect(await guard.check(target, never)).toMatchObject({ address: '127.0.0.1' });
    const connection = await guard.connect({ ...target, secure: false }, never);
    connection.socket.destroy();
    expect(asked).toHaveLength(1);
    await expect(guard.connect({ ...target, secure: false }, never)).rejects.toMatchObject({ code: 'private-address' });
    expect(asked).toHaveLength(2);
  });

  test('takes the first answer that may be connected to, and writes down those before it', async () => {
    const { guard } = guardWith([['10.0.0.1', '::1', 'rubbish', '127.0.0.1', '10.0.0.2']]);
    const connection = await guard.connect({ host: 'a.example', port: site.port, secure: false }, never);
    connection.socket.destroy();
    const common = { host: 'a.example', port: site.port };
    expect(guard.decisions()).toEqual([
      { ...common, address: '10.0.0.1', allowed: false, why: 'private' },
      { ...common, address: '::1', allowed: false, why: 'loopback' },
      { ...common, address: null, allowed: false, why: 'reserved' },
      { ...common, address: '127.0.0.1', allowed: true, why: 'allow-listed' },
    ]);
  });

  test('a permission is for its port only, however the address is written', async () => {
    const { guard } = guardWith([['127.0.0.1']]);
    for (const host of [
      '127.0.0.1',
      '::ffff:127.0.0.1',
      '::ffff:7f00:1',
      '64:ff9b::7f00:1',
      '::127.0.0.1',
      'named.example',
    ]) {
      const target = { host, port: trap.port, secure: false };
      await expect(guard.connect(target, never)).rejects.toMatchObject({ code: 'private-address' });
    }
    expect(guard.decisions().map(({ allowed }) => allowed)).toEqual(Array(6).fill(false));
  });

  test("the machine's own name is refused as what it resolves to", async () => {
    const guard = createGuard({ lookup: lookupBySystem, allow: parseAllowList('').allow });
    const target = { host: 'localhost', port: trap.port, secure: false };
    await expect(guard.connect(target, never)).rejects.toMatchObject({ code: 'private-address' });
    for (const decision of guard.decisions()) expect(decision).toMatchObject({ allowed: false, why: 'loopback' });
  });

  test('a full log refuses: nothing is connected to that it does not show', async () => {
    const { guard } = guardWith([]);
    const target = { host: '10.0.0.1', port: 80, secure: false };
    for (let count = 0; count < 1000; count++) await guard.connect(target, never).catch(() => {});
    const allowed = { host: '127.0.0.1', port: site.port, secure: false };
    await expect(guard.connect(allowed, never)).rejects.toMatchObject({ code: 'limit' });
    expect(guard.decisions()).toHaveLength(1000);
    expect(site.connections()).toBe(0);
  });

  test('an aborted caller gets the reason, and nothing is connected to', async () => {
    const { guard } = guardWith([['127.0.0.1']]);
    const reason = new Error('over');
    await expect(
      guard.connect({ host: 'a.example', port: site.port, secure: false }, AbortSignal.abort(reason)),
    ).rejects.toBe(reason);
    expect(guard.decisions()).toEqual([]);
  });
});

describe('a guard for what is secret', () => {
  const name = 'hooks.example';
  const never = new AbortController().signal;
  const usual = getCACertificates('default');
  afterEach(() => setDefaultCACertificates(usual));

  async function connect(port: number, trusted: boolean) {
    const lookup = () => Promise.resolve(['127.0.0.1']);
    const guard = createGuard({ lookup, allow: parseAllowList(`127.0.0.1:${port}`).allow, trusted });
    const { socket, certificate } = await guard.connect({ host: name, port, secure: true }, never);
    socket.destroy();
    return certificate?.authorized;
  }

  test('speaks TLS only where the certificate verifies and is of that name; another one only tells of it', async () => {
    const identity = makeIdentity(name);
    const [own, other] = await Promise.all([startSecurePort(identity), startSecurePort(makeIdentity('other.example'))]);
    await expect(connect(own.port, true)).rejects.toMatchObject({ code: 'tls' });
    expect(await connect(own.port, false)).toBe(false);
    setDefaultCACertificates([...usual, identity.cert]);
    expect(await connect(own.port, true)).toBe(true);
    await expect(connect(other.port, true)).rejects.toMatchObject({ code: 'tls' });
    await Promise.all([own.stop(), other.stop()]);
  });
});
