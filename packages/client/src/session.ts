import { SessionView } from '@sluice/contracts';
import type { Asker } from './ask.ts';

const PATH = 'api/session';

/** Who asks, and cookies for pages. */
export interface SessionMethods {
  /** Who asks: tenant, role and key. */
  session(signal?: AbortSignal): Promise<SessionView>;
  /** A cookie of 12 h for a key, which the browser sends from then on: for a client without a key. Throws `unauthorized`. */
  openSession(key: string, signal?: AbortSignal): Promise<SessionView>;
  closeSession(signal?: AbortSignal): Promise<void>;
}

export function sessionMethods({ ask, tell }: Asker): SessionMethods {
  return {
    session: (signal) => ask(SessionView, { method: 'GET', path: PATH, signal }),
    openSession: (key, signal) => ask(SessionView, { method: 'POST', path: PATH, json: { key }, signal }),
    closeSession: (signal) => tell({ method: 'DELETE', path: PATH, signal }),
  };
}
