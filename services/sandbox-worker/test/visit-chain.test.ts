import { describe, expect, test } from '@jest/globals';
import { conforms } from './conformance.ts';
import { html, redirect, startSite } from './site.ts';
import { visiting } from './visiting.ts';

describe('the chain of a visit', () => {
  const harness = visiting();
  const { serve, visit } = harness;
  conforms(harness);

  test.each([
    ['http://[::ffff:a9fe:a9fe]/', '::ffff:a9fe:a9fe', 80, 'metadata'],
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
});
