import { createClient } from '@sluice/client';

const SIGNED_OUT = 'sluice-signed-out';

/** Called when the session is over; call what comes back to end it. */
export function onSignedOut(listener: () => void): () => void {
  globalThis.addEventListener(SIGNED_OUT, listener);
  return () => globalThis.removeEventListener(SIGNED_OUT, listener);
}

const noticingFetch: typeof fetch = async (input, init) => {
  const response = await fetch(input, init);
  if (response.status === 401) globalThis.dispatchEvent(new Event(SIGNED_OUT));
  return response;
};

/** The fleet that serves this page. Nothing of a key is held here: the browser sends the session's cookie by itself. */
export const address = { url: globalThis.location.origin, fetch: noticingFetch };

/** For sessions. */
export const door = createClient({ ...address, patienceMs: 10_000 });

/** Over for this page also where the fleet cannot be told. */
export async function signOut(): Promise<void> {
  await door.closeSession().catch(() => undefined);
  globalThis.dispatchEvent(new Event(SIGNED_OUT));
}
