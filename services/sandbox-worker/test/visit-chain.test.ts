import { describe, expect, test } from '@jest/globals';
import { html, redirect, startSite } from './site.ts';
import { visiting } from './visiting.ts';

describe('the chain of a visit', () => {
  const { serve, visit, trap } = visiting();

  test('all four kinds of redirect lead to the page that asks for a password, and its form is told', async () => {
    const site = await serve(
      startSite({
        '/': redirect('/refresh#frag', 301),
        '/refresh': html('', { refresh: '0; url=/meta' }),
        '/meta': html('<meta http-equiv=refresh content="1;URL=\'script?a=1&amp;b=2\'">'),
        '/script': html(`<script>/* location='/wrong' */ window.location.href = '/lo' + "gin";</script>`),
        '/login': html(
          `<title> Pay\nPal </title><base href="https://collect.example/in/"><meta property="og:site_name" content="PayPal">
           <p>Please <b>log in</b></p><a href=x>x</a><script>var hidden</script><p hidden>unseen</p>
           <form method=POST action="take.php"><input name=u><input type=Password name=p><button formaction="//other.example/">go</button></form>`,
        ),
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
    expect(facts.chain[0]).toMatchObject({ address: '127.0.0.1', port: site.port });
    expect(facts.finalUrl).toBe(`${site.origin}/login`);
    expect(facts.cuts).toEqual([]);
    expect(facts.guard).toHaveLength(5);
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

  test.each([
    ['http://169.254.169.254/latest/meta-data/', '169.254.169.254', 80, 'metadata'],
    ['http://[::ffff:a9fe:a9fe]/', '::ffff:a9fe:a9fe', 80, 'metadata'],
    ['https://10.0.0.5/', '10.0.0.5', 443, 'private'],
    ['http://2130706433:81/', '127.0.0.1', 81, 'loopback'],
    ['http://0x7f.1:81/', '127.0.0.1', 81, 'loopback'],
    ['http://0:81/', '0.0.0.0', 81, 'reserved'],
  ])('a redirect to %s is refused and told', async (location, address, port, why) => {
    const site = await serve(startSite({ '/': redirect(location) }));
    const facts = await visit(site.origin);
    expect(facts.chain).toMatchObject([{ kind: 'http', status: 302 }]);
    expect(facts.cuts).toMatchObject([{ reason: 'private-address', url: new URL(location).href }]);
    expect(facts.finalUrl).toBe(new URL(location).href);
    expect(facts.landing).toBeNull();
    expect(facts.guard.at(-1)).toMatchObject({ address, port, allowed: false, why });
  });

  test.each(['http', 'meta', 'refresh', 'script'])(
    'a %s redirect to another loopback port is refused',
    async (kind) => {
      const site = await serve(
        startSite({
          '/http': (request, response) => redirect(trap().origin)(request, response),
          '/meta': (request, response) =>
            html(`<meta http-equiv="refresh" content="0;${trap().origin}">`)(request, response),
          '/refresh': (request, response) => html('', { refresh: `0;url=${trap().origin}` })(request, response),
          '/script': (request, response) =>
            html(`<script>location.replace("${trap().origin}")</script>`)(request, response),
        }),
      );
      const facts = await visit(`${site.origin}/${kind}`);
      expect(facts.cuts).toMatchObject([{ reason: 'private-address', url: `${trap().origin}/` }]);
      expect(facts.guard.at(-1)).toMatchObject({ port: trap().port, allowed: false, why: 'loopback' });
    },
  );

  test('a name that resolves to a private address the second time is refused the second time', async () => {
    const answers = [['127.0.0.1'], ['10.0.0.5']];
    const asked: string[] = [];
    const site = await serve(startSite({ '/': redirect('/again') }));
    const facts = await visit(`http://rebind.example:${site.port}/`, {
      lookup: async (host) => {
        asked.push(host);
        return answers[asked.length - 1] ?? [];
      },
    });
    expect(asked).toEqual(['rebind.example', 'rebind.example']);
    expect(facts.chain).toHaveLength(1);
    expect(facts.cuts).toMatchObject([{ reason: 'private-address' }]);
    expect(facts.guard).toMatchObject([
      { host: 'rebind.example', address: '127.0.0.1', allowed: true },
      { host: 'rebind.example', address: '10.0.0.5', allowed: false, why: 'private' },
    ]);
    expect(site.connections()).toBe(1);
  });

  test('a loop ends where it closes', async () => {
    const site = await serve(startSite({ '/': redirect('/b'), '/b': redirect('/#again') }));
    const facts = await visit(site.origin);
    expect(facts.chain.map(({ kind }) => kind)).toEqual(['http', 'http']);
    expect(facts.cuts).toMatchObject([{ reason: 'loop', url: `${site.origin}/#again` }]);
  });

  test('a page that sends to itself by 302 is a loop, one that reloads itself is a landing', async () => {
    const site = await serve(
      startSite({
        '/self': redirect('/self'),
        '/reload': html('<meta http-equiv=refresh content="5;url=#top"><title>Live</title>'),
      }),
    );
    expect((await visit(`${site.origin}/self`)).cuts).toMatchObject([{ reason: 'loop' }]);
    const reload = await visit(`${site.origin}/reload`);
    expect(reload).toMatchObject({ cuts: [], landing: { title: 'Live' } });
  });

  test('ten redirects are followed, the eleventh is told', async () => {
    const site = await serve(
      startSite(Object.fromEntries(Array.from({ length: 20 }, (_, hop) => [`/${hop}`, redirect(`/${hop + 1}`)]))),
    );
    const facts = await visit(`${site.origin}/0`);
    expect(facts.chain).toHaveLength(11);
    expect(facts.cuts).toMatchObject([{ reason: 'hop-limit', url: `${site.origin}/11` }]);
    expect(facts.finalUrl).toBe(`${site.origin}/11`);
    expect(site.connections()).toBe(11);
  });

  test.each([
    ['nothing', ''],
    ['another scheme', 'ftp://x.example/'],
    ['a script', 'javascript:alert(1)'],
    ['a file', 'file:///etc/passwd'],
    ['no host', 'http://'],
    ['9,000 characters', `http://x/${'a'.repeat(9000)}`],
  ])('%s is no URL to visit', async (_, url) => {
    expect(await visit(url)).toMatchObject({ chain: [], cuts: [{ reason: 'bad-url' }], guard: [] });
  });

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
      cuts: [{ reason: 'bad-url', url: 'file:///etc/passwd' }],
      landing: null,
    });
  });

  test('a 302 without Location is a landing', async () => {
    const site = await serve(
      startSite({
        '/': (_, response) => response.writeHead(302, { 'content-type': 'text/html' }).end('<title>Stay</title>'),
      }),
    );
    expect(await visit(site.origin)).toMatchObject({
      chain: [{ status: 302, kind: null }],
      landing: { title: 'Stay' },
      cuts: [],
    });
  });

  test('no cookie comes back, and nothing names who asks', async () => {
    const seen: unknown[] = [];
    const site = await serve(
      startSite({
        '/': (request, response) => {
          seen.push(request.headers);
          response.writeHead(302, { location: '/b', 'set-cookie': 'a=b' }).end();
        },
        '/b': (request, response) => {
          seen.push(request.headers);
          response.end();
        },
      }),
    );
    await visit(`http://user:secret@127.0.0.1:${site.port}/`);
    expect(seen).toHaveLength(2);
    for (const headers of seen) {
      expect(Object.keys(headers ?? {})).not.toEqual(expect.arrayContaining(['cookie']));
      expect(JSON.stringify(headers)).not.toMatch(/authorization|referer|sluice|node/i);
    }
  });

  test('a name without an address is told as dns', async () => {
    expect(await visit('http://gone.example/')).toMatchObject({
      chain: [],
      cuts: [{ reason: 'dns' }],
      guard: [{ host: 'gone.example', address: null, allowed: false, why: 'dns' }],
    });
  });
});
