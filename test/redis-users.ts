import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '@sluice/supervisor';

/** The users of the queue's Redis that services are. */
export const SERVICES = [
  'gateway',
  'orchestrator',
  'retry-worker',
  'analyzer-worker',
  'sandbox-worker',
  'aggregator-worker',
];

/** Those that have the cache. */
export const CACHED = ['gateway', 'orchestrator', 'analyzer-worker', 'sandbox-worker'];

export const passwordOf = (user: string): string => `of-${user}`;

/** deploy/redis/queue.acl, or cache.acl, with {@link passwordOf} in it. */
export function usersOf(server: 'queue' | 'cache'): string {
  const text = readFileSync(join(REPOSITORY, `deploy/redis/${server}.acl`), 'utf8');
  return text.replaceAll(/PASSWORD_OF_([A-Z_]+)/g, (_, name: string) =>
    passwordOf(name.toLowerCase().replaceAll('_', '-')),
  );
}
