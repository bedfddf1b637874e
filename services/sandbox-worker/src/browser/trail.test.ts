import { describe, expect, test } from '@jest/globals';
import { BROWSER_LIMITS } from './limits.ts';
import { createTrail } from './trail.ts';

const START = 'http://a.example/';

function trailOf() {
  const trail = createTrail(START, BROWSER_LIMITS);
  const ask = (url: string, isRedirect = false, requestId = url) => {
    const step = trail.ask({ requestId, url, method: 'GET', isRedirect });
    if (step) trail.go(step, '8.8.8.8', 0);
    return step !== null;
  };
  return { trail, ask, kinds: () => trail.facts().chain.map(({ kind }) => kind) };
}

describe('the trail of a visit', () => {
  test('names how each page sent on: as announced, by redirect, else by script', () => {
    const { trail, ask, kinds } = trailOf();
    ask(START, false, '1');
    ask('http://b.example/', true, '1');
    trail.announce('http://c.example/', 'meta-refresh');
    ask('http://c.example/#part');
    ask('http://d.example/');
    expect(kinds()).toEqual(['http', 'meta-refresh', 'script', null]);
    expect(trail.facts().finalUrl).toBe('http://d.example/');
  });

  test('lets a URL be asked for twice, for a cookie; the third time is a loop, or nothing where a page reloads itself', () => {
    const { trail, ask } = trailOf();
    expect([ask(START), ask(START, true), ask(START, true)]).toEqual([true, true, false]);
    expect(trail.facts().cuts).toMatchObject([{ reason: 'loop' }]);
    const reloading = trailOf();
    expect([reloading.ask(START), reloading.ask(START), reloading.ask(START)]).toEqual([true, true, false]);
    expect(reloading.trail.facts().cuts).toEqual([]);
  });

  test('follows no more than its hops, and not for ever what comes to nothing', () => {
    const { trail, ask } = trailOf();
    const asked = Array.from({ length: 50 }, (_, at) => ask(`http://a.example/${at}`));
    expect(asked.filter(Boolean)).toHaveLength(BROWSER_LIMITS.hops + 1);
    expect(trail.facts().cuts.length).toBeLessThanOrEqual(20);
  });

  test('drops a hop to which there was no connection, and keeps one that did not answer', () => {
    const { trail, ask } = trailOf();
    ask(START);
    trail.refused(START, { reason: 'connection', message: 'refused', connected: false });
    expect(trail.facts()).toMatchObject({ chain: [], cuts: [{ reason: 'connection' }], finalUrl: START });
    const other = trailOf();
    other.ask(START);
    other.trail.refused(START, { reason: 'connection', message: 'no answer', connected: true });
    expect(other.trail.facts()).toMatchObject({ chain: [{ status: null }], cuts: [{ reason: 'connection' }] });
  });

  test('tells a redirect to what is no web address by its Location', () => {
    const { trail, ask } = trailOf();
    ask(START);
    trail.headers(START, { status: 302, location: 'file:///etc/passwd' });
    trail.fail(START, 'net::ERR_UNSAFE_REDIRECT', undefined);
    expect(trail.facts()).toMatchObject({
      chain: [{ kind: 'http', status: 302 }],
      cuts: [{ reason: 'bad-url', url: 'file:///etc/passwd' }],
    });
  });

  test.each([
    ['net::ERR_ABORTED', null],
    ['net::ERR_CERT_AUTHORITY_INVALID', 'tls'],
    ['net::ERR_SSL_PROTOCOL_ERROR', 'tls'],
    ['net::ERR_CONTENT_DECODING_FAILED', 'encoding'],
    ['net::ERR_EMPTY_RESPONSE', 'connection'],
    ['', 'connection'],
  ])('%s is told as %s', (errorText, reason) => {
    const { trail, ask } = trailOf();
    ask(START);
    trail.fail(START, errorText, undefined);
    expect(trail.facts().cuts.map((cut) => cut.reason)).toEqual(reason === null ? [] : [reason]);
  });

  test('leaves out a redirect that nobody was asked about', () => {
    const { trail, ask } = trailOf();
    ask(START, false, '1');
    trail.skip('1', START);
    ask('https://a.example/', true, '1');
    expect(trail.facts().chain.map(({ url }) => url)).toEqual(['https://a.example/']);
  });
});
