import type { RedirectKind } from '@sluice/contracts';
import { GuardError } from '@sluice/fleet/guard';
import type { CDPSession } from 'playwright-core';
import type { Pass } from '../guard/pass.ts';
import { REFUSED_HEADER } from '../guard/refusal.ts';
import { createCertificates } from './certificates.ts';
import type { Quiet } from './quiet.ts';
import type { Trail } from './trail.ts';

/** A refresh that the page has declared and that has not begun. */
type Pending = { url: string; kind: RedirectKind; delayMs: number };

/** What one visit is watched with. `changed` is called after everything that may change what is waited for. */
type Watching = {
  session: CDPSession;
  trail: Trail;
  quiet: Quiet;
  pass: Pass;
  signal: AbortSignal;
  changed: () => void;
};

export type Watch = {
  frameId: string;
  /** The document that the page shows; null before the first one and while it shows the browser's own error page. */
  shown(): { requestId: string; url: string } | null;
  pending(): Pending | null;
  /** The refresh that was pending is gone to by other means. */
  forget(): void;
  /** Resolves when the certificates asked for so far are known. */
  settleCertificates(): Promise<void>;
};

const now = () => performance.now();

/** Follows the main frame of a page: every document is judged before it is asked for, and everything that comes of it is written down. */
export async function watchPage(watching: Watching): Promise<Watch> {
  const { session } = watching;
  const { frameTree } = await session.send('Page.getFrameTree');
  const frameId = frameTree.frame.id;
  judgeDocuments(watching, frameId);
  const certificates = watchAnswers(watching, frameId);
  const frame = watchFrame(watching, frameId);
  await Promise.all([
    session.send('Page.enable'),
    session.send('Network.enable', { maxTotalBufferSize: 0, maxResourceBufferSize: 0 }),
    session.send('Fetch.enable', { patterns: [{ resourceType: 'Document' }] }),
  ]);
  return { frameId, ...frame, settleCertificates: () => Promise.all(certificates).then(() => undefined) };
}

/** Holds each main document until the guard has judged its place. A document that is not wanted is aborted: the page before it stays. */
function judgeDocuments({ session, trail, quiet, pass, signal, changed }: Watching, frameId: string): void {
  const answer = async (requestId: string, isWanted: boolean) => {
    try {
      if (isWanted) await session.send('Fetch.continueRequest', { requestId });
      else await session.send('Fetch.failRequest', { requestId, errorReason: 'Aborted' });
    } catch {
      // The page, or the browser, is gone.
    }
  };

  session.on('Fetch.requestPaused', (event) => {
    if (event.frameId !== frameId) return void answer(event.requestId, true);
    const { request, networkId = '', redirectedRequestId } = event;
    const url = request.url + (request.urlFragment ?? '');
    const isRedirect = redirectedRequestId !== undefined;
    const step = trail.ask({ requestId: networkId, url, method: request.method, isRedirect });
    quiet.asked(networkId, now());
    const judging = step
      ? pass.check(step.target, signal).then(
          ({ address }) => {
            trail.go(step, address, now());
            return true;
          },
          (error: unknown) => {
            if (error instanceof GuardError) trail.refuse(step, error.code, error.message);
            return false;
          },
        )
      : Promise.resolve(false);
    void judging.then((isWanted) => {
      if (!isWanted) quiet.dropped(now());
      changed();
      return answer(event.requestId, isWanted);
    });
  });
}

function watchAnswers({ session, trail, quiet, pass, changed }: Watching, frameId: string): Promise<void>[] {
  const certificates = createCertificates(session);
  const asking: Promise<void>[] = [];
  const documents = new Set<string>();
  const headerBytes = new Map<string, number>();
  type Response = Parameters<Parameters<typeof session.on<'Network.responseReceived'>>[1]>[0]['response'];

  const take = (requestId: string, response: Response) => {
    trail.answer(requestId, response.url, { status: response.status, contentType: response.mimeType, atMs: now() });
    const { securityDetails } = response;
    const url = URL.parse(response.url);
    if (!securityDetails || !url) return;
    const isSecure = response.securityState === 'secure';
    asking.push(
      certificates
        .facts(url, securityDetails, isSecure)
        .then((certificate) => trail.certify(requestId, response.url, certificate)),
    );
  };
  const refusalOf = (requestId: string) => {
    const url = URL.parse(trail.document(requestId)?.url ?? '');
    if (!url) return undefined;
    return pass.refusal(
      url.hostname.replace(/^\[|\]$/g, ''),
      Number(url.port || (url.protocol === 'https:' ? 443 : 80)),
    );
  };

  session.on('Network.requestWillBeSent', ({ requestId, frameId: of, type, redirectResponse }) => {
    if (of !== frameId || type !== 'Document') return;
    documents.add(requestId);
    if (!redirectResponse) return;
    if (headerOf(redirectResponse.headers, 'non-authoritative-reason')) trail.skip(requestId, redirectResponse.url);
    else take(requestId, redirectResponse);
  });
  session.on('Network.responseReceivedExtraInfo', ({ requestId, statusCode, headers }) => {
    if (!documents.has(requestId)) return;
    trail.headers(requestId, { status: statusCode, location: headerOf(headers, 'location') });
  });
  session.on('Network.responseReceived', ({ requestId, response }) => {
    if (!documents.has(requestId)) return;
    take(requestId, response);
    headerBytes.set(requestId, response.encodedDataLength);
    // Over TLS the header would be the server's own; in the clear the proxy takes the server's away.
    const isRefused = response.url.startsWith('http:') && headerOf(response.headers, REFUSED_HEADER) !== null;
    if (isRefused && pass.cut() === null) trail.refused(requestId, refusalOf(requestId));
  });
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (!documents.has(requestId)) return;
    trail.received(requestId, encodedDataLength - (headerBytes.get(requestId) ?? 0));
    trail.finish(requestId, now());
    quiet.finished(requestId, now());
    changed();
  });
  session.on('Network.loadingFailed', ({ requestId, errorText }) => {
    if (!documents.has(requestId)) return;
    // The end of a pass says by itself why there is no more.
    if (pass.cut() === null) trail.fail(requestId, errorText, refusalOf(requestId));
    trail.finish(requestId, now());
    quiet.failed(requestId, now());
    changed();
  });
  return asking;
}

function watchFrame({ session, trail, quiet, changed }: Watching, main: string) {
  let shown: { requestId: string; url: string } | null = null;
  let pending: Pending | null = null;

  session.on('Page.frameRequestedNavigation', ({ frameId, url, reason, disposition }) => {
    if (frameId !== main || disposition !== 'currentTab') return;
    trail.announce(url, kindOf(reason));
    quiet.announced(now());
    changed();
  });
  session.on('Page.frameScheduledNavigation', ({ frameId, url, reason, delay }) => {
    if (frameId !== main) return;
    const delayMs = delay * 1000;
    pending = { url, kind: kindOf(reason), delayMs };
    quiet.refreshAt(now() + delayMs);
    changed();
  });
  session.on('Page.frameClearedScheduledNavigation', ({ frameId }) => {
    if (frameId !== main) return;
    pending = null;
    quiet.refreshAt(null);
    changed();
  });
  session.on('Page.frameNavigated', ({ frame }) => {
    if (frame.id !== main) return;
    const isWeb = frame.unreachableUrl === undefined && /^https?:/.test(frame.url);
    shown = isWeb ? { requestId: frame.loaderId, url: frame.url + (frame.urlFragment ?? '') } : null;
    pending = null;
    quiet.committed();
    changed();
  });
  session.on('Page.loadEventFired', () => {
    quiet.loaded(now());
    changed();
  });
  const forget = () => {
    pending = null;
  };
  return { shown: () => shown, pending: () => pending, forget };
}

function kindOf(reason: string): RedirectKind {
  if (reason === 'httpHeaderRefresh') return 'refresh-header';
  return reason === 'metaTagRefresh' ? 'meta-refresh' : 'script';
}

function headerOf(headers: Record<string, string>, name: string): string | null {
  const found = Object.entries(headers).find(([key]) => key.toLowerCase() === name);
  return found?.[1] ?? null;
}
