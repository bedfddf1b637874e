import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { eventually } from '@sluice/testkit';
import { browsing } from './browsing.ts';
import { html, redirect, startSite } from './site.ts';

const PNG = [0x89, 0x50, 0x4e, 0x47];

describe('a page in the browser', () => {
  const { serve, visit, look, trap } = browsing();

  test('that scripts have made is told as they made it, with a picture', async () => {
    const site = await serve(
      startSite({
        '/': html(`<title>Blank</title><div id=place></div><script>
          document.title = 'Micros0ft';
          place.innerHTML = '<form method=post action="https://collect.example/x"><input name=documentElement><input type=password></form>';
        </script>`),
      }),
    );
    const { facts, screenshot } = await look(site.origin);
    expect(facts).toMatchObject({
      by: 'browser',
      landing: {
        title: 'Micros0ft',
        passwordFields: 1,
        forms: [{ method: 'post', action: 'https://collect.example/x', passwordFields: 1 }],
      },
      cuts: [],
    });
    expect(Array.from(screenshot ?? []).slice(0, 4)).toEqual(PNG);
  });

  test('has its frames read too, of its own site and of another', async () => {
    const site = await serve(
      startSite({
        '/': html(
          '<title>Outer</title><iframe src="/inner"></iframe><iframe id=other></iframe><script>other.src = `http://other.example:${location.port}/foreign`</script>',
        ),
        '/inner': html('<p>inner text</p><form action="/a"><input type=password></form>'),
        '/foreign': html('<p>foreign text</p><form action="/b"><input type=password></form>'),
      }),
    );
    const facts = await visit(`http://bank.example:${site.port}/`, { lookup: async () => ['127.0.0.1'] });
    expect(facts.landing).toMatchObject({ title: 'Outer', passwordFields: 2 });
    expect(facts.landing?.forms.map(({ action }) => action)).toEqual([
      `http://bank.example:${site.port}/a`,
      `http://other.example:${site.port}/b`,
    ]);
    expect(facts.landing?.text).toMatch(/inner text.*foreign text/);
    expect(facts.chain).toHaveLength(1);
  });

  test('is followed where a cookie makes the second visit differ', async () => {
    const site = await serve(
      startSite({
        '/': (request, response) =>
          request.headers.cookie === 'seen=1'
            ? html('<title>Behind</title>')(request, response)
            : response.writeHead(302, { location: '/', 'set-cookie': 'seen=1' }).end(),
      }),
    );
    expect(await visit(site.origin)).toMatchObject({ landing: { title: 'Behind' }, cuts: [] });
    expect(await visit(site.origin)).toMatchObject({ chain: [{ kind: 'http' }, { kind: null }] });
  });

  test('that posts itself onward, or waits for its load, is followed as sent on by script', async () => {
    const site = await serve(
      startSite({
        '/': html('<form id=f method=post action="/next"><input name=a value=b></form><script>f.submit()</script>'),
        '/next': html('<script>onload = () => setTimeout(() => { location.href = "/end" }, 200)</script>'),
        '/end': html('<title>End</title>'),
      }),
    );
    const facts = await visit(site.origin);
    expect(facts.chain.map(({ kind }) => kind)).toEqual(['script', 'script', null]);
    expect(facts.landing?.title).toBe('End');
  });

  test('that declares a refresh far off is followed without waiting for it', async () => {
    const site = await serve(
      startSite({ '/': html('<meta http-equiv=refresh content="20;url=/end">'), '/end': html('<title>End</title>') }),
    );
    const facts = await visit(site.origin);
    expect(facts.chain.map(({ kind }) => kind)).toEqual(['meta-refresh', null]);
    expect(facts.landing?.title).toBe('End');
    expect(facts.tookMs).toBeLessThan(19_000);
  });

  test('reaches nothing private by fetch, WebSocket, frame, image, worker or WebRTC', async () => {
    const { host } = new URL(trap().origin);
    const site = await serve(
      startSite({
        '/': html(`<title>Probe</title><img src="http://${host}/i"><iframe src="http://${host}/f"></iframe>
          <link rel=preconnect href="http://${host}"><link rel=prefetch href="http://${host}/p">
          <script>
            fetch('http://${host}/x').catch(() => {});
            new WebSocket('ws://${host}/w');
            fetch('http://169.254.169.254/').catch(() => {});
            fetch('/hop').catch(() => {});
            navigator.sendBeacon('http://${host}/b', 'x');
            new Worker(URL.createObjectURL(new Blob(["fetch('http://${host}/k')"])));
            navigator.serviceWorker?.register('/sw.js').catch(() => {});
            const peer = new RTCPeerConnection({ iceServers: [{ urls: 'stun:${host}' }, { urls: 'turn:${host}?transport=tcp', username: 'a', credential: 'b' }] });
            peer.createDataChannel('a');
            peer.createOffer().then((offer) => peer.setLocalDescription(offer));
          </script>`),
        '/hop': redirect(`http://${host}/h`),
      }),
    );
    const facts = await visit(site.origin, { limits: { quietMs: 2000 } });
    expect(facts).toMatchObject({ landing: { title: 'Probe' }, finalUrl: `${site.origin}/` });
    const refused = facts.guard.filter(({ allowed }) => !allowed);
    expect(refused.filter(({ port }) => port === trap().port).length).toBeGreaterThanOrEqual(5);
    expect(refused).toContainEqual(expect.objectContaining({ host: '169.254.169.254', why: 'metadata' }));
    expect(facts.guard.filter(({ host: name }) => /google/.test(name))).toEqual([]);
  });

  test('that hangs its own thread does not hang the visit, and the chain is told', async () => {
    const site = await serve(
      startSite({ '/': redirect('/hang'), '/hang': html('<title>Hang</title><script>for (;;);</script>') }),
    );
    const facts = await visit(site.origin, { limits: { hopMs: 2000, captureMs: 500, screenshotMs: 500 } });
    expect(facts.chain).toMatchObject([
      { kind: 'http', status: 302 },
      { kind: null, status: 200 },
    ]);
    expect(facts.cuts.map(({ reason }) => reason)).toContain('time');
    expect(facts.landing).toBeNull();
  });

  test('without end is cut at the limit of bytes, and what came first is told', async () => {
    const site = await serve(
      startSite({
        '/': (_, response) => {
          response.writeHead(200, { 'content-type': 'text/html' }).write('<title>Big</title>');
          const more = () => {
            while (response.write('word '.repeat(10_000)));
          };
          response.on('drain', more);
          more();
        },
      }),
    );
    const facts = await visit(site.origin, { limits: { bytes: 1024 * 1024 } });
    expect(facts.cuts).toMatchObject([{ reason: 'bytes' }]);
    expect(facts.landing).toMatchObject({ title: 'Big' });
  });

  test('that asks without end is cut at the limit of requests', async () => {
    const site = await serve(
      startSite({
        '/': html('<title>Many</title><script>for (let i = 0; i < 100; i++) fetch("/?" + i).catch(() => {})</script>'),
      }),
    );
    const facts = await visit(site.origin, { limits: { requests: 20 } });
    expect(facts.cuts).toMatchObject([{ reason: 'requests' }]);
    expect(facts.landing).toMatchObject({ title: 'Many' });
  });

  test('may open windows and ask questions: they are closed, and the windows are told', async () => {
    const site = await serve(
      startSite({
        '/': html(
          '<title>Loud</title><script>alert(1); confirm(2); prompt(3); open("/popup"); open("/popup"); onbeforeunload = () => "stay"</script>',
        ),
        '/popup': html('<title>Popup</title>'),
      }),
    );
    const facts = await visit(site.origin);
    expect(facts).toMatchObject({ landing: { title: 'Loud' }, chain: [{ status: 200 }] });
    expect(facts.cuts.map(({ reason }) => reason)).toEqual(['requests']);
  });

  test('that makes a file by itself has it named and hashed', async () => {
    const site = await serve(
      startSite({
        '/': html(`<title>Smuggle</title><a id=a download="invoice.zip">x</a><script>
          a.href = URL.createObjectURL(new Blob(['PK payload'])); a.click();</script>`),
      }),
    );
    const facts = await visit(site.origin);
    expect(facts.landing?.title).toBe('Smuggle');
    expect(facts.download).toMatchObject({
      fileName: 'invoice.zip',
      bytes: 10,
      sha256: createHash('sha256').update('PK payload').digest('hex'),
    });
  });

  test('that gives a file over the limit has it named, cut and not hashed', async () => {
    const site = await serve(
      startSite({
        '/': (_, response) =>
          response
            .writeHead(200, { 'content-type': 'application/zip', 'content-disposition': 'attachment; filename=a.zip' })
            .end(Buffer.alloc(500_000)),
      }),
    );
    const facts = await visit(site.origin, { limits: { downloadBytes: 100_000 } });
    expect(facts).toMatchObject({
      download: { fileName: 'a.zip', bytes: 100_000, sha256: null },
      cuts: [{ reason: 'bytes' }],
    });
  });

  test('is asked for as an everyday browser asks, without cookies of an earlier visit', async () => {
    const seen: Record<string, unknown>[] = [];
    const site = await serve(
      startSite({
        '/': (request, response) => {
          seen.push(request.headers);
          response.writeHead(200, { 'content-type': 'text/html', 'set-cookie': 'a=b' });
          response.end(
            `<script>document.title = [navigator.webdriver, navigator.userAgent.includes('Headless'), navigator.language, innerWidth].join()</script>`,
          );
        },
      }),
    );
    const facts = await visit(site.origin);
    await visit(site.origin);
    expect(facts.landing?.title).toBe('false,false,en-US,1280');
    expect(seen).toHaveLength(2);
    for (const headers of seen) {
      expect(headers).not.toHaveProperty('cookie');
      expect(JSON.stringify(headers)).not.toMatch(/headless|sluice|node|authorization/i);
    }
  });

  test("the caller's abort ends the visit with its reason", async () => {
    const caller = new AbortController();
    const reason = new Error('stopping');
    const site = await serve(startSite({ '/': () => caller.abort(reason) }));
    await expect(visit(site.origin, { signal: caller.signal })).rejects.toBe(reason);
    await eventually(() => site.connections() > 0);
  });
});
