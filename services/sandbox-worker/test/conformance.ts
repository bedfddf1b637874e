import { expect, test } from '@jest/globals';
import { createHash, X509Certificate } from 'node:crypto';
import type { VisitFacts } from '@sluice/contracts';
import type { Lookup } from '@sluice/fleet/guard';
import { makeIdentity } from './identity.ts';
import { html, type LoopbackServer, redirect, startRawSite, startSecureSite, startSite } from './site.ts';

/** What a visitor under test offers; `visit` itself checks that nothing but the served ports was connected to. */
type Harness = {
  serve(starting: Promise<LoopbackServer>): Promise<LoopbackServer>;
  visit(url: string, setup?: { lookup?: Lookup; limits?: { hopMs?: number } }): Promise<VisitFacts>;
  trap(): LoopbackServer;
};

const identity = makeIdentity('login.example');
const LOGIN = `<title> Pay\nPal </title><base href="https://collect.example/in/"><meta property="og:site_name" content="PayPal">
  <p>Please <b>log in</b></p><a href=x>x</a><script>var hidden</script><p hidden>unseen</p>
  <form method=POST action="take.php"><input name=u><input type=Password name=p><button formaction="//other.example/">go</button></form>`;

/** What every visitor must do, with a browser or without one. */
export function conforms({ serve, visit, trap }: Harness): void {
  chains({ serve, visit, trap });
  refusals({ serve, visit, trap });
  ends({ serve, visit, trap });
}

function chains({ serve, visit }: Harness): void {
  test('all four kinds of redirect lead to the page that asks for a password, and its form is told', async () => {
    const site = await serve(
      startSite({
        '/': redirect('/refresh#frag', 301),
        '/refresh': html('', { refresh: '0; url=/meta' }),
        '/meta': html('<meta http-equiv=refresh content="1;URL=\'script?a=1&amp;b=2\'">'),
        '/script': html(`<script>/* location='/wrong' */ window.location.href = '/lo' + "gin";</script>`),
        '/login': html(LOGIN),
      }),
    );
    const facts = await visit(`http://user:secret@127.0.0.1:${site.port}/`);
    expect(facts.chain.map(({ url, kind, status }) => [url.replace(site.origin, ''), kind, status])).toEqual([
      ['/', 'http', 301],
      ['/refresh#frag', 'refresh-header', 200],
      ['/meta', 'meta-refresh', 200],
      ['/script?a=1&b=2', 'script', 200],
      ['/login', null, 200],
    ]);
    for (const hop of facts.chain) expect(hop).toMatchObject({ address: '127.0.0.1', port: site.port });
    expect(facts.chain.at(-1)?.bytes).toBeGreaterThanOrEqual(Buffer.byteLength(LOGIN));
    expect(facts.chain.at(-1)?.bytes).toBeLessThan(Buffer.byteLength(LOGIN) + 64);
    expect(facts.finalUrl).toBe(`${site.origin}/login`);
    expect(facts.cuts).toEqual([]);
    const fields = { method: 'post', fields: 3, passwordFields: 1 };
    expect(facts.landing).toEqual({
      url: `${site.origin}/login`,
      contentType: 'text/html',
      title: 'Pay Pal',
      siteName: 'PayPal',
      forms: [
        { ...fields, action: 'https://collect.example/in/take.php' },
        { ...fields, action: 'https://other.example/' },
      ],
      passwordFields: 1,
      links: 1,
      text: 'Please log in x go',
    });
  });

  test('a loop ends, and the place where it closes is told', async () => {
    const site = await serve(startSite({ '/': redirect('/b'), '/b': redirect('/#again') }));
    const facts = await visit(site.origin);
    expect(new Set(facts.chain.map(({ kind }) => kind))).toEqual(new Set(['http']));
    expect(facts.cuts).toMatchObject([{ reason: 'loop', url: `${site.origin}/#again` }]);
    expect(facts.landing).toBeNull();
  });

  test('ten redirects are followed, the eleventh is told and not asked for', async () => {
    const asked: string[] = [];
    const routes = Array.from({ length: 20 }, (_, hop) => [`/${hop}`, redirect(`/${hop + 1}`)] as const);
    const site = await serve(
      startSite(
        Object.fromEntries(
          routes.map(([path, route]) => [
            path,
            (...call: Parameters<typeof route>) => (asked.push(path), route(...call)),
          ]),
        ),
      ),
    );
    const facts = await visit(`${site.origin}/0`);
    expect(facts.chain).toHaveLength(11);
    expect(facts.cuts).toMatchObject([{ reason: 'hop-limit', url: `${site.origin}/11` }]);
    expect(facts.finalUrl).toBe(`${site.origin}/11`);
    expect(asked).toHaveLength(11);
  });

  test('a page that reloads itself is a landing', async () => {
    const site = await serve(
      startSite({ '/': html('<meta http-equiv=refresh content="5;url=#top"><title>Live</title>') }),
    );
    expect(await visit(site.origin)).toMatchObject({ chain: [{ kind: null }], cuts: [], landing: { title: 'Live' } });
  });

  test('a download is named, counted and hashed', async () => {
    const file = Buffer.from('MZ not really a program');
    const disposition = { 'content-disposition': 'attachment; filename="invoice.exe"' };
    const site = await serve(
      startSite({
        '/': redirect('/file'),
        '/file': (_, response) =>
          response.writeHead(200, { 'content-type': 'application/x-msdownload', ...disposition }).end(file),
      }),
    );
    const facts = await visit(site.origin);
    expect(facts).toMatchObject({ chain: [{ kind: 'http' }, { kind: null, status: 200 }], landing: null, cuts: [] });
    expect(facts.download).toEqual({
      url: `${site.origin}/file`,
      fileName: 'invoice.exe',
      contentType: 'application/x-msdownload',
      bytes: file.length,
      sha256: createHash('sha256').update(file).digest('hex'),
    });
  });

  test('a PDF is a file too, whatever the browser could show of it', async () => {
    const file = Buffer.from('%PDF-1.4\n%%EOF\n');
    const site = await serve(
      startSite({ '/': (_, response) => response.writeHead(200, { 'content-type': 'application/pdf' }).end(file) }),
    );
    const sha256 = createHash('sha256').update(file).digest('hex');
    const download = { contentType: 'application/pdf', bytes: file.length, sha256 };
    expect(await visit(site.origin)).toMatchObject({ download, landing: null, cuts: [] });
  });

  (identity ? test : test.skip)(
    'a certificate that nobody vouches for is a fact, and the page behind it is seen',
    async () => {
      if (!identity) return;
      const site = await serve(startSecureSite({ '/': html('<title>Login</title>') }, { ...identity }, () => {}));
      const facts = await visit(`https://login.example:${site.port}/`, { lookup: async () => ['127.0.0.1'] });
      const known = new X509Certificate(identity.cert);
      expect(facts).toMatchObject({ landing: { title: 'Login' }, cuts: [] });
      expect(facts.chain[0]?.certificate).toEqual({
        subject: 'CN=login.example',
        issuer: 'CN=login.example',
        validFrom: new Date(known.validFrom).toISOString(),
        validTo: new Date(known.validTo).toISOString(),
        fingerprint256: known.fingerprint256,
        authorized: false,
        problem: 'DEPTH_ZERO_SELF_SIGNED_CERT',
      });
    },
  );
}

function refusals({ serve, visit, trap }: Harness): void {
  test.each([
    ['http://169.254.169.254/latest/meta-data/', '169.254.169.254', 80, 'metadata'],
    ['https://10.0.0.5/', '10.0.0.5', 443, 'private'],
    ['http://2130706433:81/', '127.0.0.1', 81, 'loopback'],
  ])('a redirect to %s is refused and told', async (location, address, port, why) => {
    const site = await serve(startSite({ '/': redirect(location) }));
    const facts = await visit(site.origin);
    expect(facts.chain).toMatchObject([{ kind: 'http', status: 302 }]);
    expect(facts.cuts).toMatchObject([{ reason: 'private-address', url: new URL(location).href }]);
    expect(facts.finalUrl).toBe(new URL(location).href);
    expect(facts.landing).toBeNull();
    expect(facts.guard).toContainEqual(expect.objectContaining({ address, port, allowed: false, why }));
  });

  test.each(['http', 'meta', 'refresh', 'script'])(
    'a %s redirect to another loopback port is refused',
    async (kind) => {
      const target = trap().origin;
      const site = await serve(
        startSite({
          '/http': redirect(target),
          '/meta': html(`<meta http-equiv="refresh" content="0;${target}">`),
          '/refresh': html('', { refresh: `0;url=${target}` }),
          '/script': html(`<script>location.replace("${target}")</script>`),
        }),
      );
      const facts = await visit(`${site.origin}/${kind}`);
      expect(facts.chain).toHaveLength(1);
      expect(facts.cuts).toMatchObject([{ reason: 'private-address', url: `${target}/` }]);
      const refused = { port: trap().port, allowed: false, why: 'loopback' };
      expect(facts.guard).toContainEqual(expect.objectContaining(refused));
    },
  );

  test('a name that resolves to a private address the second time is refused the second time', async () => {
    let isTurned = false;
    const site = await serve(
      startSite({
        '/': (request, response) => {
          isTurned = true;
          redirect('/again')(request, response);
        },
      }),
    );
    const url = `http://rebind.example:${site.port}/`;
    const facts = await visit(url, { lookup: async () => [isTurned ? '10.0.0.5' : '127.0.0.1'] });
    expect(facts.chain).toMatchObject([{ url, kind: 'http', status: 302 }]);
    expect(facts.cuts).toMatchObject([{ reason: 'private-address', url: `${url}again` }]);
    const refused = { host: 'rebind.example', address: '10.0.0.5', allowed: false };
    expect(facts.guard).toContainEqual(expect.objectContaining(refused));
    expect(site.connections()).toBe(1);
  });

  test('a first place that is private is refused, and nothing is opened', async () => {
    expect(await visit(trap().origin)).toMatchObject({
      chain: [],
      finalUrl: `${trap().origin}/`,
      cuts: [{ reason: 'private-address' }],
      guard: [{ allowed: false, why: 'loopback' }],
    });
  });

  test('a name without an address is told as dns', async () => {
    expect(await visit('http://gone.example/')).toMatchObject({
      chain: [],
      cuts: [{ reason: 'dns' }],
      guard: [{ host: 'gone.example', address: null, allowed: false, why: 'dns' }],
    });
  });
}

function ends({ serve, visit }: Harness): void {
  test('what a page showed stays when it leads to nowhere', async () => {
    const site = await serve(
      startSite({ '/': html('<title>Lure</title><script>location = "http://gone.example/"</script>') }),
    );
    expect(await visit(site.origin)).toMatchObject({
      chain: [{ kind: 'script' }],
      finalUrl: 'http://gone.example/',
      landing: { title: 'Lure', url: `${site.origin}/` },
      cuts: [{ reason: 'dns' }],
    });
  });

  test('a redirect to what is no web address ends the chain and says so', async () => {
    const site = await serve(startSite({ '/': redirect('file:///etc/passwd') }));
    expect(await visit(site.origin)).toMatchObject({
      chain: [{ kind: 'http', status: 302 }],
      cuts: [{ reason: 'bad-url', url: 'file:///etc/passwd' }],
      landing: null,
    });
  });

  test.each(['', 'ftp://x.example/', 'javascript:alert(1)', 'file:///etc/passwd', 'http://'])(
    '%j is no URL to visit',
    async (url) => {
      expect(await visit(url)).toMatchObject({ chain: [], cuts: [{ reason: 'bad-url' }], guard: [] });
    },
  );

  test('a port where nobody listens is told as connection', async () => {
    const site = await serve(startSite({}));
    await site.stop();
    expect(await visit(site.origin)).toMatchObject({ chain: [], cuts: [{ reason: 'connection' }] });
  });

  test('what is no HTTP is told as connection', async () => {
    const site = await serve(startRawSite((socket) => socket.end('SSH-2.0-OpenSSH_9.9\r\n')));
    const facts = await visit(site.origin);
    expect(facts).toMatchObject({ chain: [{ status: null }], cuts: [{ reason: 'connection' }], landing: null });
  });

  test('a server that speaks no TLS is told as tls', async () => {
    const site = await serve(startSite({}));
    const facts = await visit(`https://127.0.0.1:${site.port}/`);
    expect(facts).toMatchObject({ chain: [], cuts: [{ reason: 'tls' }], landing: null });
  });

  test('a server that never answers is left after the time of a hop', async () => {
    const site = await serve(startSite({ '/': () => {} }));
    const facts = await visit(site.origin, { limits: { hopMs: 700 } });
    expect(facts).toMatchObject({ chain: [{ status: null, kind: null }], cuts: [{ reason: 'time' }], landing: null });
  });

  test('a page that is not there is a landing all the same', async () => {
    const site = await serve(startSite({}));
    expect(await visit(site.origin)).toMatchObject({ chain: [{ status: 404 }], landing: { title: 'Not found' } });
  });
}
