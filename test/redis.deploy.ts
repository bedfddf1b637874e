import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { createClient } from '@sluice/client';
import { houseServices, parseConfig, REPOSITORY, startFleet } from '@sluice/supervisor';
import { buildMail, startHostileSite, startProviders, startTlsRedis, type TlsRedis } from '@sluice/testkit';
import { fleetEnv, makeFolder, releaseAll, removeFolder } from './fleets.ts';
import { CACHED, passwordOf, SERVICES, usersOf } from './redis-users.ts';

test('the whole fleet works on two Redis with TLS and a user for each service, and asks for nothing that it may not have', async () => {
  const redis = await startTlsRedis(usersOf('queue'));
  const cache = await startTlsRedis(usersOf('cache'), 'allkeys-lru');
  const site = await startHostileSite();
  const providers = await startProviders();
  const dataDir = await makeFolder();
  const env = fleetEnv(dataDir, {
    ...providers.env,
    REDIS_URL: redis.urlOf('user', 'password'),
    CACHE_REDIS_URL: cache.urlOf('user', 'password'),
    NODE_EXTRA_CA_CERTS: oneFile(dataDir, [redis.certificateFile, cache.certificateFile]),
    SANDBOX_ALLOW_PRIVATE: site.address,
    SANDBOX_BROWSER: 'off',
  });
  const config = parseConfig(env, REPOSITORY);
  const quiet = () => undefined;
  const services = withOwnUsers(houseServices(config, REPOSITORY));
  const fleet = await startFleet(config, { out: quiet, err: quiet, services });
  try {
    const apiKey = readFileSync(join(dataDir, 'admin.key'), 'utf8').trim();
    const client = createClient({ url: fleet.url, apiKey });
    await releaseAll(client);
    const mail = (n: number) => buildMail({ html: `<a href="${site.origin}/chain">Open ${n}</a>` });
    // The second one finds the answers and visits of the first; then what is kept of the tenant is forgotten.
    for (const n of [1, 2]) {
      const { jobId } = await client.submitMail(mail(n));
      const { state, summary } = await client.wait(jobId, { signal: AbortSignal.timeout(120_000) });
      expect([state, summary?.['partial']]).toEqual(['completed', false]);
      await client.feedback.give(jobId, { verdict: 'malicious' });
    }
    await client.admin.cache.forgetAll('visits');
    expect(await refusalsOf(redis)).toEqual([]);
    expect(await refusalsOf(cache)).toEqual([]);
  } finally {
    await fleet.stop();
    await Promise.all([redis.stop(), cache.stop(), site.stop(), providers.stop(), removeFolder(dataDir)]);
  }
}, 300_000);

/** The supervisor hands out one address; each service makes its own user of it. */
function withOwnUsers(services: ReturnType<typeof houseServices>): ReturnType<typeof houseServices> {
  return services.map((service) => {
    const login = `//${service.name}:${passwordOf(service.name)}@`;
    const names = CACHED.includes(service.name) ? ['REDIS_URL', 'CACHE_REDIS_URL'] : ['REDIS_URL'];
    const change = (name: string) =>
      `process.env.${name} = process.env.${name}.replace('//user:password@', '${login}');`;
    const preload = names.map(change).join(' ');
    const address = `data:text/javascript,${encodeURIComponent(preload)}`;
    return { ...service, nodeArgs: ['--import', address, ...service.nodeArgs] };
  });
}

/** Authorities of both servers in one file. */
function oneFile(folder: string, files: readonly string[]): string {
  const place = join(folder, 'authorities.pem');
  writeFileSync(place, files.map((file) => readFileSync(file, 'utf8')).join('\n'));
  return place;
}

/** What our services were refused, and who came with no user of theirs. */
async function refusalsOf(redis: TlsRedis): Promise<string[]> {
  const log = (await redis.ask(redis.urlOf('operator', passwordOf('operator')), 'acl', 'log')) as string[][];
  return log.map(describeRefusal).filter((line) => [...SERVICES, 'user'].includes(line.split(' ')[0] ?? ''));
}

/** An entry of ACL LOG is a list of names and values. */
function describeRefusal(entry: string[]): string {
  const valueOf = (name: string) => entry[entry.indexOf(name) + 1];
  return `${valueOf('username')} ${valueOf('reason')}: ${valueOf('object')} (${valueOf('context')})`;
}
