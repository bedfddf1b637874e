import { type Client, createClient } from '@sluice/client';
import { createContext, useContext } from 'react';
import { address } from './client.ts';

/** For what people wait for; a stream that is lost is told at once, so that the page can show it and come back by itself. */
const PATIENCE_MS = 10_000;

/** The fleet as a tenant sees it; undefined: the one of the session. */
export interface Reach {
  tenant: string | undefined;
  client: Client;
  /** For streams. */
  lines: Client;
}

export function reachOf(tenant: string | undefined): Reach {
  return {
    tenant,
    client: createClient({ ...address, tenant, patienceMs: PATIENCE_MS }),
    lines: createClient({ ...address, tenant, patienceMs: 0 }),
  };
}

export const ReachContext = createContext<Reach | null>(null);

export function useReach(): Reach {
  const reach = useContext(ReachContext);
  if (reach === null) throw new TypeError('Nobody is signed in.');
  return reach;
}
