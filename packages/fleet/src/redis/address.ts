import { SluiceError } from '@sluice/contracts';

interface HostPort {
  host: string;
  port: number;
}

interface Login {
  username?: string;
  password?: string;
  isTls: boolean;
}

/** Where Redis is: one server; a Cluster, by some of its nodes; or the master that Sentinels know by a name. */
export type RedisAddress =
  | { kind: 'server'; url: string }
  | ({ kind: 'cluster'; nodes: HostPort[] } & Login)
  | ({ kind: 'sentinel'; sentinels: HostPort[]; master: string; sentinelPassword?: string } & Login);

const KINDS = { cluster: 6_379, sentinel: 26_379 } as const;
const MANY = /^(rediss?)\+(cluster|sentinel):\/\/(?:([^@/?#]*)@)?([^@/?#]+)(?:\/([^/?#]*))?(?:\?([^#]*))?$/;
const HOST = /^(\[[0-9a-fA-F:.]+\]|[^\s:[\]]+)(?::(\d{1,5}))?$/;
const MASTER = /^[A-Za-z0-9._-]+$/;

/**
 * Reads what `REDIS_URL` may be:
 * - `redis://user:password@host:port/db`, one server;
 * - `redis+cluster://user:password@host:port,host:port,…`, some nodes of a Cluster; the others are found through them;
 * - `redis+sentinel://user:password@host:port,host:port,…/mastername?sentinelPassword=…`, the Sentinels of a master. User and password are those of the
 *   servers; the Sentinels are asked with `sentinelPassword`, or without one.
 *
 * `rediss` in the place of `redis` means TLS. Names and passwords are percent-encoded where they hold `@`, `:`, `/`, `,` or `%`. Ports that are not named are 6379
 * and, of a Sentinel, 26379. Throws `bad-redis-url`, whose message repeats nothing of the text: it may hold a password.
 */
export function parseRedisAddress(text: string): RedisAddress {
  if (/^rediss?:\/\/.+/.test(text) && URL.canParse(text)) return { kind: 'server', url: text };
  const [, scheme, kind, login = '', hosts = '', master = '', query = ''] = MANY.exec(text) ?? [];
  if (kind === undefined) throw badAddress();
  const nodes = hosts.split(',').map((host) => readHost(host, KINDS[kind as keyof typeof KINDS]));
  const rest = { ...readLogin(login), isTls: scheme === 'rediss' };
  if (kind === 'cluster') {
    if (!['', '0'].includes(master) || query !== '') throw badAddress();
    return { kind, nodes, ...rest };
  }
  const { sentinelPassword, ...others } = Object.fromEntries(new URLSearchParams(query));
  if (!MASTER.test(master) || Object.keys(others).length > 0) throw badAddress();
  return {
    kind: 'sentinel',
    sentinels: nodes,
    master,
    ...(sentinelPassword === undefined ? {} : { sentinelPassword }),
    ...rest,
  };
}

/** Whether {@link parseRedisAddress} can read it. */
export function isRedisAddress(text: string): boolean {
  try {
    parseRedisAddress(text);
    return true;
  } catch {
    return false;
  }
}

function readHost(text: string, plainPort: number): HostPort {
  const [, host = '', port = String(plainPort)] = HOST.exec(text) ?? [];
  if (host === '' || Number(port) < 1 || Number(port) > 65_535) throw badAddress();
  return { host: host.replaceAll(/[[\]]/g, ''), port: Number(port) };
}

function readLogin(text: string): Omit<Login, 'isTls'> {
  const [, username = '', password = ''] = /^([^:]*)(?::(.*))?$/s.exec(text) ?? [];
  try {
    return {
      ...(username === '' ? {} : { username: decodeURIComponent(username) }),
      ...(password === '' ? {} : { password: decodeURIComponent(password) }),
    };
  } catch {
    throw badAddress();
  }
}

function badAddress(): SluiceError {
  return new SluiceError(
    'bad-redis-url',
    'A Redis URL looks like redis://user:password@host:6379, redis+cluster://user:password@host:6379,host:6379 or redis+sentinel://user:password@host:26379,host:26379/mastername.',
  );
}
