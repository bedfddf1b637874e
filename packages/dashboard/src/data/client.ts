import { createClient } from '@sluice/client';

const SIGNED_OUT = 'sluice-signed-out';

/** Called when an answer says that the session is over; call what comes back to end it. */
export function onSignedOut(listener: () => void): () => void {
  globalThis.addEventListener(SIGNED_OUT, listener);
  return () => globalThis.removeEventListener(SIGNED_OUT, listener);
}

export const noticingFetch: typeof fetch = async (input, init) => {
  const response = await fetch(input, init);
  if (response.status === 401) globalThis.dispatchEvent(new Event(SIGNED_OUT));
  return response;
};

const url = globalThis.location.origin;

/** The fleet that serves this page. Nothing of a key is held here: the browser sends the session's cookie by itself. */
export const client = createClient({ url, fetch: noticingFetch, patienceMs: 10_000 });

/** For streams: what is lost is told at once, so that the page can show it and come back by itself. */
export const lines = createClient({ url, fetch: noticingFetch, patienceMs: 0 });
