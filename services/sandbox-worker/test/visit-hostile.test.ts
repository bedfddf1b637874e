import { createHash } from 'node:crypto';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { html, startRawSite, startSite } from './site.ts';
import { visiting } from './visiting.ts';

const MIB = 1024 * 1024;

describe('a hostile server', () => {
  const { serve, visit } = visiting();

  test('a body without end is read to the limit, and what came first is told', async () => {
    const site = await serve(
      startSite({
        '/': (_, response) => {
          response.writeHead(200, { 'content-type': 'text/html' }).write('<title>Big</title>');
          const more = () => {
            while (response.write('x'.repeat(65_536)));
          };
          response.on('drain', more);
          more();
        },
      }),
    );
    const facts = await visit(site.origin);
    expect(facts).toMatchObject({ cuts: [{ reason: 'bytes' }], landing: { title: 'Big' } });
    expect(facts.chain[0]?.bytes).toBeLessThan(2 * MIB + 128 * 1024);
    expect(facts.landing?.text.length).toBe(20 * 1024);
  });

  test.each([
    ['gzip', gzipSync(Buffer.alloc(5 * MIB))],
    ['br', brotliCompressSync(Buffer.alloc(5 * MIB))],
    ['deflate', deflateSync(Buffer.alloc(5 * MIB))],
    ['gzip, gzip', gzipSync(gzipSync(Buffer.alloc(5 * MIB)))],
  ])('a %s bomb is cut by its ratio', async (encoding, bomb) => {
    const site = await serve(
      startSite({ '/': (_, response) => response.writeHead(200, { 'content-encoding': encoding }).end(bomb) }),
    );
    const facts = await visit(site.origin);
    expect(facts.cuts).toMatchObject([{ reason: 'bytes', message: 'decodes to more than 100 times its size' }]);
  });

  test('a body that decodes to nothing is read to the limit all the same', async () => {
    const emptyBlocks = Buffer.alloc(3 * MIB, Buffer.from([0, 0, 0, 0xff, 0xff]));
    const site = await serve(
      startSite({ '/': (_, response) => response.writeHead(200, { 'content-encoding': 'deflate' }).end(emptyBlocks) }),
    );
    const facts = await visit(site.origin);
    expect(facts).toMatchObject({ cuts: [{ reason: 'bytes' }], landing: { text: '' } });
    expect(facts.chain[0]?.bytes).toBeLessThan(2.2 * MIB);
  });

  test('a body that decodes to more than the limit is cut at the limit', async () => {
    const noise = Array.from({ length: 60_000 }, (_, index) =>
      createHash('md5').update(String(index)).digest('hex'),
    ).join(' ');
    const body = gzipSync(noise + noise);
    expect(body.length).toBeLessThan(2.5 * MIB);
    const site = await serve(
      startSite({ '/': (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(body) }),
    );
    expect((await visit(site.origin)).cuts).toMatchObject([{ reason: 'bytes' }]);
  });

  test.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
    ['deflate', deflateSync],
    ['deflate', deflateRawSync],
    ['deflate, gzip', (text: string) => gzipSync(deflateSync(text))],
  ])('a page in %s is read', async (encoding, pack) => {
    const site = await serve(
      startSite({
        '/': (_, response) =>
          response.writeHead(200, { 'content-encoding': encoding }).end(pack('<title>Packed</title>')),
      }),
    );
    expect(await visit(site.origin)).toMatchObject({ landing: { title: 'Packed' }, cuts: [] });
  });

  test.each(['gzip', 'br', 'deflate', 'nonsense', 'gzip, gzip, gzip'])(
    'what is not really %s is told as such',
    async (encoding) => {
      const site = await serve(
        startSite({
          '/': (_, response) => response.writeHead(200, { 'content-encoding': encoding }).end('<title>Plain</title>'),
        }),
      );
      expect((await visit(site.origin)).cuts).toMatchObject([{ reason: 'encoding' }]);
    },
  );

  test('a server that never answers is left after the time of a hop', async () => {
    const site = await serve(startSite({ '/': () => {} }));
    const facts = await visit(site.origin, { limits: { hopMs: 200 } });
    expect(facts).toMatchObject({ chain: [{ status: null, kind: null }], cuts: [{ reason: 'time' }], landing: null });
    expect(facts.tookMs).toBeGreaterThanOrEqual(190);
    expect(facts.tookMs).toBeLessThan(2000);
  });

  test('one that drips bytes is left too, and what came is told', async () => {
    const site = await serve(
      startSite({
        '/': (_, response) => {
          response.writeHead(200, { 'content-type': 'text/html' }).write('<title>Slow</title>');
          const drip = setInterval(() => response.write('.'), 20);
          response.on('close', () => clearInterval(drip));
        },
      }),
    );
    const facts = await visit(site.origin, { limits: { hopMs: 400 } });
    expect(facts).toMatchObject({ chain: [{ status: 200 }], cuts: [{ reason: 'time' }], landing: { title: 'Slow' } });
  });

  test('the whole visit has its time, whatever a hop has', async () => {
    const site = await serve(startSite({ '/': () => {} }));
    const facts = await visit(site.origin, { limits: { visitMs: 200 } });
    expect(facts.cuts).toMatchObject([{ reason: 'time', message: 'the visit took too long' }]);
    expect(facts.guard).toHaveLength(1);
  });

  test('a resolver that never answers is left after the time of a hop', async () => {
    const facts = await visit('http://slow.example/', { limits: { hopMs: 200 }, lookup: () => new Promise(() => {}) });
    expect(facts).toMatchObject({ chain: [], cuts: [{ reason: 'time' }] });
  });

  test("the caller's abort ends the visit with its reason", async () => {
    const caller = new AbortController();
    const reason = new Error('stopping');
    const site = await serve(startSite({ '/': () => caller.abort(reason) }));
    await expect(visit(site.origin, { signal: caller.signal })).rejects.toBe(reason);
  });

  test('a download is named, counted and hashed, and not followed', async () => {
    const file = Buffer.from('MZ not really a program');
    const site = await serve(
      startSite({
        '/': (_, response) =>
          response
            .writeHead(200, {
              'content-type': 'text/html',
              'content-disposition': 'attachment; filename="..\\evil/invoice.exe"',
              refresh: '0;url=/next',
              'content-encoding': 'gzip',
            })
            .end(gzipSync(file)),
        '/typed': (_, response) => response.writeHead(200, { 'content-type': 'application/x-msdownload' }).end(file),
      }),
    );
    const sha256 = createHash('sha256').update(file).digest('hex');
    const facts = await visit(site.origin);
    expect(facts).toMatchObject({ chain: [{ kind: null }], landing: null, cuts: [] });
    expect(facts.download).toEqual({
      url: `${site.origin}/`,
      fileName: 'invoice.exe',
      contentType: 'text/html',
      bytes: file.length,
      sha256,
    });
    expect((await visit(`${site.origin}/typed`)).download).toMatchObject({ fileName: null, sha256 });
  });

  test('a download over its limit is counted to there and has no hash', async () => {
    const site = await serve(
      startSite({
        '/': (_, response) => response.writeHead(200, { 'content-type': 'application/zip' }).end(Buffer.alloc(5000)),
      }),
    );
    const facts = await visit(site.origin, { limits: { downloadBytes: 1000 } });
    expect(facts).toMatchObject({ download: { bytes: 1000, sha256: null }, cuts: [{ reason: 'bytes' }] });
  });

  test('broken HTML is read as a browser would', async () => {
    const site = await serve(
      startSite({
        '/': html(
          '</p><table><form action=/a method=post><tr><td><input type=password></form><title>Brok<b>en<p></title><script>"</scr',
        ),
      }),
    );
    const facts = await visit(site.origin);
    expect(facts).toMatchObject({
      landing: { title: 'Brok<b>en<p>', passwordFields: 1, forms: [{ action: `${site.origin}/a` }] },
    });
  });

  test('a page that nests without end is read to the depth that browsers read', async () => {
    const site = await serve(startSite({ '/': html(`<title>Deep</title>${'<div><p>'.repeat(200_000)}`) }));
    expect(await visit(site.origin)).toMatchObject({ landing: { title: 'Deep' }, cuts: [] });
  });

  test.each([
    ['one huge header', `HTTP/1.1 200 OK\r\nx: ${'a'.repeat(100_000)}\r\n\r\n`, 'bytes'],
    ['a hundred thousand headers', `HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(100_000)}\r\n`, 'bytes'],
    ['no HTTP at all', 'SSH-2.0-OpenSSH_9.9\r\n', 'connection'],
    ['a status that is none', 'HTTP/1.1 9999 Odd\r\n\r\n', 'connection'],
    ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab', 'connection'],
    ['a broken promise', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort', 'connection'],
    ['nothing', '', 'connection'],
    ['another protocol', 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n', 'connection'],
  ])('%s is told and harms nothing', async (_, bytes, reason) => {
    const site = await serve(startRawSite((socket) => socket.end(bytes)));
    const facts = await visit(site.origin, { limits: { hopMs: 2000 } });
    expect(facts.cuts).toMatchObject([{ reason }]);
    expect(facts.chain).toHaveLength(1);
  });

  test('a port where nobody listens is told as connection', async () => {
    const site = await serve(startSite({}));
    await site.stop();
    expect(await visit(site.origin)).toMatchObject({ chain: [], cuts: [{ reason: 'connection' }] });
  });

  test('of two Location headers the first counts, and UTF-8 in it is read as such', async () => {
    const head = 'HTTP/1.1 302 Found\r\nlocation: /ä\r\nlocation: http://10.0.0.1/\r\ncontent-length: 0\r\n\r\n';
    const site = await serve(startRawSite((socket) => socket.end(head)));
    const facts = await visit(site.origin);
    expect(facts.chain[1]?.url).toBe(`${site.origin}/%C3%A4`);
  });
});
