import type { CertificateFacts, Hop } from '@sluice/contracts';
import { requestKey } from '../visit/target.ts';

type Head = { status: number; location: string | null };

/** A hop, and what else is known of its document. `head` is of the last answer, also of one that the browser did not take. */
type Visited = {
  requestId: string;
  url: URL;
  hop: Hop;
  startMs: number;
  contentType: string;
  head: Head | null;
  isOver: boolean;
};

/** The documents of a chain, and what the browser tells of each. The hops of one HTTP chain share a request id; the URL tells them apart. */
export function createHops() {
  const all: Visited[] = [];
  const last = (requestId: string) => all.findLast((visited) => visited.requestId === requestId);
  const exact = (requestId: string, url: string) =>
    all.findLast((visited) => visited.requestId === requestId && sameRequest(visited.url.href, url));
  const lasted = ({ startMs }: Visited, nowMs: number) => Math.max(0, Math.round(nowMs - startMs));
  /** There was no connection, or nobody was asked. */
  const drop = (visited: Visited) => {
    const place = all.indexOf(visited);
    if (place !== -1) all.splice(place, 1);
  };

  return {
    all,
    last,
    drop,
    notes: {
      headers(requestId: string, head: Head) {
        const visited = last(requestId);
        if (visited) visited.head = head;
      },
      answer(requestId: string, url: string, answer: { status: number; contentType: string; atMs: number }) {
        const visited = exact(requestId, url);
        if (!visited) return;
        visited.hop.status = answer.status;
        visited.hop.tookMs = lasted(visited, answer.atMs);
        visited.contentType = answer.contentType;
      },
      /** A redirect that the browser made up by itself (HSTS). */
      skip(requestId: string, url: string) {
        const visited = exact(requestId, url);
        if (visited) drop(visited);
      },
      certify(requestId: string, url: string, certificate: CertificateFacts) {
        const visited = exact(requestId, url);
        if (visited) visited.hop.certificate = certificate;
      },
      received(requestId: string, bytes: number) {
        const visited = last(requestId);
        if (visited && !visited.isOver) visited.hop.bytes = Math.max(0, Math.round(bytes));
      },
      /** A document came to its end; what the browser shows instead of a failed one is no part of the chain. */
      finish(requestId: string, atMs: number) {
        const visited = last(requestId);
        if (!visited || visited.isOver) return;
        visited.isOver = true;
        visited.hop.tookMs = lasted(visited, atMs);
      },
      /** What is known of the document with this id, if it is the chain's. */
      document(requestId: string): { url: string; contentType: string } | null {
        const visited = last(requestId);
        return visited ? { url: visited.url.href, contentType: visited.contentType } : null;
      },
      /** Of the last answer from this URL. */
      contentTypeOf: (url: string) => all.findLast((visited) => sameRequest(visited.url.href, url))?.contentType ?? '',
      isAt: (url: string) => sameRequest(all.at(-1)?.url.href ?? '', url),
    },
  };
}

/** Whether two URLs are the same but for their fragments. */
export function sameRequest(one: string, other: string): boolean {
  const [a, b] = [one, other].map((text) => URL.parse(text)).map((url) => (url ? requestKey(url) : null));
  return a !== null && a === b;
}
