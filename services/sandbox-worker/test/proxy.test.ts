import { once } from 'node:events';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Lookup, parseAllowList } from '@sluice/fleet/guard';
import type { Pass } from '../src/guard/pass.ts';
import { createGuardProxy, type GuardProxy } from '../src/guard/proxy.ts';
import { type LoopbackServer, startRawSite, startSite, startTrap } from './site.ts';

describe('the guard proxy', () => {
  let site: LoopbackServer;
  let raw: LoopbackServer;
  let trap: LoopbackServer;
  let proxy: GuardProxy;
  let proxyPort = 0;
  let seen: IncomingMessage[] = [];

  const startProxy = async (limits = {}, lookup: Lookup = async () => []) => {
    const { allow } = parseAllowList(`127.0.0.1:${site.port},127.0.0.1:${raw.port}`);
    await proxy?.stop();
    proxy = createGuardProxy({ lookup, allow, limits });
    proxyPort = (await proxy.start()).port;
  };
  beforeEach(async () => {
    seen = [];
    site = await startSite({
      '/echo': (request, response) => {
        seen.push(request);
        void text(request).then((body) =>
          response.writeHead(200, { 'x-own': 'yes', 'keep-alive': 'timeout=5' }).end(`got ${body}`),
        );
      },
      '/claim': (_, response) => response.writeHead(200, { 'proxy-status': 'proxy; error=refused' }).end(),
      '/hang': () => {},
      '/big': (_, response) => response.end('x'.repeat(100_000)),
    });
    raw = await startRawSite((socket) => socket.end('rubbish\r\n\r\n'));
    trap = await startTrap();
    await startProxy();
  });
  afterEach(async () => {
    expect(trap.connections()).toBe(0);
    await Promise.all([proxy, site, raw, trap].map((each) => each.stop()));
  });

  const credentials = (pass: Pick<Pass, 'username' | 'password'>) => ({
    'proxy-authorization': `Basic ${btoa(`${pass.username}:${pass.password}`)}`,
  });

  async function ask(
    url: string,
    pass: Pick<Pass, 'username' | 'password'> | null,
    body = '',
  ): Promise<{ status: number; body: string; message: IncomingMessage }> {
    const headers = pass ? credentials(pass) : {};
    const request = httpRequest({
      host: '127.0.0.1',
      port: proxyPort,
      path: url,
      method: body ? 'POST' : 'GET',
      headers,
      agent: false,
    });
    request.end(body);
    const [message] = (await once(request, 'response')) as [IncomingMessage];
    return { status: message.statusCode ?? 0, body: await text(message), message };
  }

  async function openTunnel(authority: string, pass: Pass | null): Promise<{ status: number; socket: Socket }> {
    const headers = pass ? credentials(pass) : {};
    const request = httpRequest({
      host: '127.0.0.1',
      port: proxyPort,
      path: authority,
      method: 'CONNECT',
      headers,
      agent: false,
    });
    request.end();
    const [message, socket] = (await once(request, 'connect')) as [IncomingMessage, Socket];
    socket.on('error', () => {});
    return { status: message.statusCode ?? 0, socket };
  }

  test('an absolute-form request goes on with its body, without what is between browser and proxy', async () => {
    const pass = proxy.admit();
    const answer = await ask(`${site.origin}/echo?q`, pass, 'a=b');
    expect(answer).toMatchObject({ status: 200, body: 'got a=b' });
    expect(answer.message.headers['x-own']).toBe('yes');
    expect(seen[0]).toMatchObject({ url: '/echo?q', method: 'POST', headers: { host: `127.0.0.1:${site.port}` } });
    expect(seen[0]?.headers).not.toHaveProperty('proxy-authorization');
    expect(pass.decisions()).toEqual([
      { host: '127.0.0.1', address: '127.0.0.1', port: site.port, allowed: true, why: 'allow-listed' },
    ]);
    expect(pass.bytes()).toBe('a=bgot a=b'.length);
  });

  test('CONNECT joins the browser with the checked address', async () => {
    const pass = proxy.admit();
    const { status, socket } = await openTunnel(`127.0.0.1:${site.port}`, pass);
    expect(status).toBe(200);
    socket.write('GET /echo HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
    expect(await text(socket)).toContain('got ');
    expect(pass.decisions()).toHaveLength(1);
  });

  test('bytes sent together with CONNECT are not lost', async () => {
    const { 'proxy-authorization': authorization } = credentials(proxy.admit());
    const socket = connect(proxyPort, '127.0.0.1');
    socket.write(`CONNECT 127.0.0.1:${site.port} HTTP/1.1\r\nproxy-authorization: ${authorization}\r\n\r\n`);
    socket.write('GET /echo HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 [^]*got /);
  });

  test('without a pass, with a wrong one or with one that is over, nothing passes', async () => {
    const pass = proxy.admit();
    pass.close();
    pass.close();
    for (const given of [null, { username: 'visit', password: 'guess' }, pass]) {
      expect((await ask(`${site.origin}/echo`, given)).status).toBe(407);
    }
    const { status, socket } = await openTunnel(`127.0.0.1:${site.port}`, null);
    expect(status).toBe(407);
    socket.destroy();
    expect(site.connections()).toBe(0);
  });

  test('what is private is refused in both forms, however it is written, and the log says so', async () => {
    const pass = proxy.admit();
    const hosts = [
      '127.0.0.1',
      '2130706433',
      '0x7f.1',
      '[::ffff:127.0.0.1]',
      '[::1]',
      '0',
      '169.254.169.254',
      '10.0.0.5',
    ];
    for (const host of hosts) {
      expect((await ask(`http://${host}:${trap.port}/`, pass)).status).toBe(403);
      const { status, socket } = await openTunnel(`${host}:${trap.port}`, pass);
      socket.destroy();
      expect(status).toBe(403);
    }
    expect(pass.decisions()).toHaveLength(2 * hosts.length);
    expect(pass.decisions().filter(({ allowed }) => allowed)).toEqual([]);
  });

  test('says which answers are its own, and why, and takes that word from servers', async () => {
    const pass = proxy.admit();
    const claiming = await ask(`${site.origin}/claim`, pass);
    expect(claiming.message.headers).not.toHaveProperty('proxy-status');
    const refused = await ask('http://10.0.0.5/', pass);
    expect(refused.message.headers).toHaveProperty('proxy-status');
    expect(pass.refusal('10.0.0.5', 80)).toMatchObject({ reason: 'private-address', connected: false });
    await ask(`${raw.origin}/`, pass);
    expect(pass.refusal('127.0.0.1', raw.port)).toMatchObject({ reason: 'connection', connected: true });
    const { socket } = await openTunnel('gone.example:443', pass);
    socket.destroy();
    expect(pass.refusal('gone.example', 443)).toMatchObject({ reason: 'dns', connected: false });
    expect(pass.refusal('127.0.0.1', site.port)).toBeUndefined();
  });

  test('a name is judged again at each connection, by one answer', async () => {
    const answers = [['127.0.0.1'], ['169.254.169.254'], []];
    let asked = 0;
    await startProxy({}, async () => answers[asked++] ?? []);
    const pass = proxy.admit();
    const statuses = [];
    for (let count = 0; count < 3; count++)
      statuses.push((await ask(`http://rebind.example:${site.port}/echo`, pass)).status);
    expect(statuses).toEqual([200, 403, 502]);
    expect(asked).toBe(3);
    expect(pass.decisions().map(({ why }) => why)).toEqual(['allow-listed', 'metadata', 'dns']);
  });

  test('two visits are told apart', async () => {
    const [one, two] = [proxy.admit(), proxy.admit()];
    await ask(`${site.origin}/echo`, one);
    await ask(`http://10.0.0.1/`, two);
    expect(one.decisions()).toMatchObject([{ allowed: true }]);
    expect(two.decisions()).toMatchObject([{ host: '10.0.0.1', allowed: false }]);
  });

  test('a pass that used up its bytes loses its connections', async () => {
    await startProxy({ bytes: 50_000 });
    const pass = proxy.admit();
    await expect(ask(`${site.origin}/big`, pass)).rejects.toThrow();
    expect(pass.cut()).toBe('bytes');
    expect((await ask(`${site.origin}/echo`, pass)).status).toBe(407);
  });

  test('a pass whose time is over loses its connections', async () => {
    await startProxy({ passMs: 200 });
    const pass = proxy.admit();
    const { socket } = await openTunnel(`127.0.0.1:${site.port}`, pass);
    await Promise.all([once(socket, 'close'), expect(ask(`${site.origin}/hang`, pass)).rejects.toThrow()]);
    expect(pass.cut()).toBe('time');
  });

  test('no more connections than the limit are open at once', async () => {
    await startProxy({ openConnections: 1 });
    const pass = proxy.admit();
    const { socket } = await openTunnel(`127.0.0.1:${site.port}`, pass);
    expect((await ask(`${site.origin}/echo`, pass)).status).toBe(429);
    expect((await openTunnel(`127.0.0.1:${site.port}`, pass)).status).toBe(429);
    socket.destroy();
  });

  test('a resolver that hangs is 504, rubbish from the other side 502, a request in another form 400', async () => {
    await startProxy({ connectMs: 200 }, () => new Promise(() => {}));
    const pass = proxy.admit();
    expect((await ask('http://slow.example/', pass)).status).toBe(504);
    expect((await openTunnel('slow.example:443', pass)).status).toBe(504);
    expect((await ask(`${raw.origin}/`, pass)).status).toBe(502);
    for (const path of ['/echo', 'https://127.0.0.1/', 'ftp://x/']) expect((await ask(path, pass)).status).toBe(400);
    for (const path of ['127.0.0.1', 'x@y:80', 'x/y:80', ':80'])
      expect((await openTunnel(path, pass)).status).toBe(400);
  });

  test('stop ends open tunnels and frees the port, also twice', async () => {
    const { socket } = await openTunnel(`127.0.0.1:${site.port}`, proxy.admit());
    const closed = once(socket, 'close');
    await Promise.all([proxy.stop(), closed]);
    await proxy.stop();
    const [error] = (await once(connect(proxyPort, '127.0.0.1'), 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNREFUSED');
  });
});
