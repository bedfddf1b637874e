import { SluiceError } from '@sluice/contracts';

export interface SocketLimits {
  /** Of this gateway. */
  most: number;
  mostPerKey: number;
}

const COME_AGAIN_MS = 10_000;

/** Counts the open sockets, all of them and those of each key. */
export function createPlaces({ most, mostPerKey }: SocketLimits, now: () => number = Date.now) {
  const byKey = new Map<string, number>();
  let taken = 0;

  function refuse(code: string, message: string, httpStatus: number): never {
    throw new SluiceError(code, message, { httpStatus, disposition: 'retry-at', retryAtMs: now() + COME_AGAIN_MS });
  }

  return {
    /** Throws `too-many-sockets` (429), `sockets-full` (503). What comes back gives the place back. */
    take(keyId: string): () => void {
      const own = byKey.get(keyId) ?? 0;
      if (own >= mostPerKey) refuse('too-many-sockets', `This key may have ${mostPerKey} sockets open at a time.`, 429);
      if (taken >= most) refuse('sockets-full', 'This gateway has as many sockets as it can serve.', 503);
      byKey.set(keyId, own + 1);
      taken += 1;
      let isHeld = true;
      return () => {
        if (!isHeld) return;
        isHeld = false;
        taken -= 1;
        const left = (byKey.get(keyId) ?? 1) - 1;
        if (left === 0) byKey.delete(keyId);
        else byKey.set(keyId, left);
      };
    },
  };
}
