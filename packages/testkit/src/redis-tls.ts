import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { makeIdentity } from './loopback.ts';
import { freePort } from './ports.ts';
import { startRedisProcess } from './redis-server.ts';

/** A server that speaks TLS and knows users. */
export interface TlsRedis {
  urlOf(user: string, password: string): string;
  /** Of the authority that vouches for it, for `NODE_EXTRA_CA_CERTS`. */
  certificateFile: string;
  /** The answer to one command, or the code of its refusal. */
  ask(url: string, ...command: [string, ...string[]]): Promise<unknown>;
  stop(): Promise<void>;
}

/**
 * A real Redis on a free loopback port, with a certificate for `localhost` made now. `users` are the lines of an ACL file; `default` may answer a ping in any case,
 * which tells that the server is up.
 */
export async function startTlsRedis(
  users: string,
  policy: 'noeviction' | 'allkeys-lru' = 'noeviction',
): Promise<TlsRedis> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-tls-'));
  const place = (name: string) => join(folder, name);
  const { key, cert } = makeIdentity('localhost');
  const lines = users.split('\n').filter((line) => !line.startsWith('user default '));
  await writeFile(place('users.acl'), ['user default on nopass -@all +ping', ...lines].join('\n'));
  await writeFile(place('key.pem'), key);
  await writeFile(place('cert.pem'), cert);
  const tlsPort = await freePort();
  const tls = ['--tls-port', String(tlsPort), '--tls-auth-clients', 'no'];
  const files = [
    '--tls-cert-file',
    place('cert.pem'),
    '--tls-key-file',
    place('key.pem'),
    '--aclfile',
    place('users.acl'),
  ];
  const rest = ['--dir', folder, '--save', '', '--maxmemory-policy', policy];
  const server = await startRedisProcess(await freePort(), [...tls, ...files, ...rest]);
  return {
    urlOf: (user, password) => `rediss://${user}:${password}@localhost:${tlsPort}`,
    certificateFile: place('cert.pem'),
    async ask(url, ...[name, ...words]) {
      const client = new Redis(url, { tls: { ca: cert }, lazyConnect: true, retryStrategy: () => null });
      // Why a login failed is told here only.
      let trouble: Error | null = null;
      client.on('error', (error: Error) => {
        trouble = error;
      });
      try {
        await client.connect();
        return await client.call(name, ...words);
      } catch (error) {
        return (trouble ?? (error as Error)).message.split(' ')[0];
      } finally {
        client.disconnect();
      }
    },
    async stop() {
      await server.end();
      await rm(folder, { recursive: true });
    },
  };
}
