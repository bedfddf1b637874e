import type { Cut, CutReason, Hop, RedirectKind } from '@sluice/contracts';
import { type GuardError, targetOf } from '@sluice/fleet/guard';
import type { Refusal } from '../guard/pass.ts';
import { requestableUrl, requestKey } from '../visit/target.ts';
import { createHops, sameRequest } from './hops.ts';
import type { BrowserLimits } from './limits.ts';
import { netErrorCut } from './net-errors.ts';

const CUTS = 20;
const URL_CHARS = 2048;
/** Navigations that a page may try, followed or not, before nothing of it is followed any more. */
const TRIES = 40;

/** A main document that the browser is about to ask for. */
type Asked = { requestId: string; url: string; method: string; isRedirect: boolean };
/** A main document that may be asked for, once its place has been judged. */
type Step = { requestId: string; url: URL; target: { host: string; port: number } };

export type Trail = ReturnType<typeof createTrail>;

/**
 * The chain of main documents of one visit, made from what the browser tells; it decides what is followed. Pure but for its own state: no
 * clock, no browser. Times in ms of any one clock.
 */
export function createTrail(start: string, limits: BrowserLimits) {
  const { all: hops, last, drop, notes } = createHops();
  const cuts: Cut[] = [];
  const asked = new Map<string, number>();
  let finalUrl = start.slice(0, 8192);
  let announced: { url: string; kind: RedirectKind } | null = null;
  let tries = 0;

  const cut = (reason: CutReason | 'limit', message: string, url = finalUrl) => {
    const known = reason === 'limit' ? 'connection' : reason;
    const isNew = !cuts.some((each) => each.reason === known && each.url === url);
    if (isNew && cuts.length < CUTS) cuts.push({ reason: known, url: url.slice(0, 8192), message });
  };
  const badUrl = (url: string) => cut('bad-url', 'leads to no URL that can be visited', url.slice(0, URL_CHARS));
  const kindOf = (request: Asked): RedirectKind | null => {
    if (request.isRedirect) return 'http';
    if (announced && sameRequest(announced.url, request.url)) return announced.kind;
    return tries === 1 ? null : 'script';
  };

  return {
    ...notes,
    cut,
    /** The page is about to send its visitor on. */
    announce(url: string, kind: RedirectKind) {
      announced = { url, kind };
      if (!/^(?:https?|about|javascript):/i.test(url)) badUrl(url);
    },
    /** Decides about a document; null: it must not be asked for. */
    ask(request: Asked): Step | null {
      tries++;
      const kind = kindOf(request);
      announced = null;
      const url = requestableUrl(request.url);
      if (!url) {
        badUrl(request.url);
        return null;
      }
      const key = `${request.method} ${requestKey(url)}`;
      const count = (asked.get(key) ?? 0) + 1;
      asked.set(key, count);
      const isTooOften = count > limits.askedAgain;
      const isReload = kind !== 'http' && notes.isAt(url.href);
      if (tries > TRIES || (isReload && isTooOften)) return null;
      const previous = hops.at(-1);
      if (previous && kind) previous.hop.kind = kind;
      if (isTooOften) {
        cut('loop', 'the chain returns to where it was', url.href);
        return null;
      }
      finalUrl = url.href;
      if (hops.length > limits.hops) {
        cut('hop-limit', 'more redirects than a visit follows');
        return null;
      }
      return { requestId: request.requestId, url, target: targetOf(url) };
    },
    /** The place of a step may be connected to. */
    go({ requestId, url, target }: Step, address: string, startMs: number) {
      const hop: Hop = { url: url.href, kind: null, status: null, address, port: target.port, tookMs: 0, bytes: 0 };
      hops.push({ requestId, url, hop, startMs, contentType: '', head: null, isOver: false });
    },
    /** The place of a step was refused, or has no address. */
    refuse: ({ url }: Step, code: GuardError['code'], message: string) => cut(code, message, url.href),
    /** The proxy's own word instead of an answer. */
    refused(requestId: string, refusal: Refusal = { reason: 'connection', message: 'no answer', connected: true }) {
      const visited = last(requestId);
      if (!visited) return;
      visited.hop.status = null;
      cut(refusal.reason, refusal.message, visited.url.href);
      if (!refusal.connected) drop(visited);
    },
    /** The browser gave a document up. */
    fail(requestId: string, errorText: string, refusal: Refusal | undefined) {
      const visited = last(requestId);
      const found = netErrorCut(errorText);
      if (!visited || !found) return;
      if (found.reason === 'bad-url') {
        visited.hop.kind = 'http';
        visited.hop.status = visited.head?.status ?? null;
        badUrl(visited.head?.location ?? visited.url.href);
        return;
      }
      const isTunnel = errorText.includes('TUNNEL');
      const { reason, message } = isTunnel && refusal ? refusal : found;
      cut(reason, message, visited.url.href);
      if (reason === 'tls' || (isTunnel && visited.hop.status === null)) drop(visited);
    },
    facts: () => ({ finalUrl, chain: hops.map(({ hop }) => hop), cuts: [...cuts] }),
  };
}
