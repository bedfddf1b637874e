import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { SluiceError } from '@sluice/contracts';
import type { Authenticator } from '../keys/authenticate.ts';
import type { Caller } from '../keys/caller.ts';

interface Group {
  caller: Caller;
  /** What ends a socket, and the request that opened it. */
  members: Map<() => void, IncomingMessage>;
}

interface KeyWatchConfig {
  authenticator: Pick<Authenticator, 'authenticate'>;
  everyMs: number;
}

const ASKED_AT_ONCE = 20;

/** Looks now and then whether what opened the sockets still would; each key or session is asked about once, however many sockets it has. */
export function createKeyWatch({ authenticator, everyMs }: KeyWatchConfig) {
  const groups = new Map<string, Group>();
  let isLooking = false;
  const timer = setInterval(() => void look(), everyMs);

  async function look(): Promise<void> {
    if (isLooking) return;
    isLooking = true;
    const all = [...groups.values()];
    for (let at = 0; at < all.length; at += ASKED_AT_ONCE) {
      await Promise.all(all.slice(at, at + ASKED_AT_ONCE).map(check));
    }
    isLooking = false;
  }

  async function check({ caller, members }: Group): Promise<void> {
    const [request] = members.values();
    if (request === undefined || (await stillOpens(request, caller))) return;
    for (const refuse of members.keys()) refuse();
  }

  /** Only a clear no counts: who cannot be asked just now says nothing of the key. */
  async function stillOpens(request: IncomingMessage, before: Caller): Promise<boolean> {
    try {
      const { keyId, tenant, role } = await authenticator.authenticate(request);
      return keyId === before.keyId && tenant === before.tenant && role === before.role;
    } catch (error) {
      return !(error instanceof SluiceError && [401, 403].includes(error.httpStatus));
    }
  }

  return {
    /** `refuse` is called when the key opens nothing any more; what comes back ends the watch. */
    add(request: IncomingMessage, caller: Caller, refuse: () => void): () => void {
      const name = credentialOf(request);
      const group = groups.get(name) ?? { caller, members: new Map() };
      groups.set(name, group);
      group.members.set(refuse, request);
      return () => {
        group.members.delete(refuse);
        if (group.members.size === 0 && groups.get(name) === group) groups.delete(name);
      };
    },
    stop: () => clearInterval(timer),
  };
}

/** Those of one credential are of one name, which says nothing of it. */
function credentialOf({ headers }: IncomingMessage): string {
  const { authorization, cookie } = headers;
  const told = JSON.stringify([authorization, headers['x-api-key'], authorization === undefined ? cookie : null]);
  return createHash('sha256').update(told).digest('base64url');
}
