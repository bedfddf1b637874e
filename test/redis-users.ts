import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '@sluice/supervisor';

/** The users of Redis that services are. */
export const SERVICES = [
  'gateway',
  'orchestrator',
  'retry-worker',
  'analyzer-worker',
  'sandbox-worker',
  'aggregator-worker',
];

export const passwordOf = (user: string): string => `of-${user}`;

/** deploy/redis/queue.acl with {@link passwordOf} in it. */
export function queueUsers(): string {
  const text = readFileSync(join(REPOSITORY, 'deploy/redis/queue.acl'), 'utf8');
  return text.replaceAll(/PASSWORD_OF_([A-Z_]+)/g, (_, name: string) =>
    passwordOf(name.toLowerCase().replaceAll('_', '-')),
  );
}
