import type { IncomingMessage } from 'node:http';
import { SluiceError } from '@sluice/contracts';
import { isSameKey } from './admin-key.ts';

interface Caller {
  /** Names the key in the log, and says nothing of it. */
  keyId: string;
  tenant: string;
  role: 'admin';
}

export type Authenticate = (request: Pick<IncomingMessage, 'headers'>) => Caller;

/** Reads the key from `Authorization: Bearer` or `X-API-Key`. Throws `unauthorized` (401). */
export function createAuthenticate(adminKey: string): Authenticate {
  return ({ headers }) => {
    const bearer = /^Bearer (\S+)$/i.exec(headers.authorization ?? '')?.[1];
    const header = headers['x-api-key'];
    const key = bearer ?? (typeof header === 'string' ? header : undefined);
    if (key !== undefined && isSameKey(key, adminKey)) return { keyId: 'admin', tenant: 'default', role: 'admin' };
    const message =
      key === undefined
        ? 'An API key is needed: Authorization: Bearer KEY, or X-API-Key.'
        : 'The API key is not known.';
    throw new SluiceError('unauthorized', message, { httpStatus: 401 });
  };
}
