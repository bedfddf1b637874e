import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { createClient } from '@sluice/client';
import { houseServices, parseConfig, REPOSITORY, startFleet } from '@sluice/supervisor';
import { buildMail, startHostileSite, startProviders, startTlsRedis } from '@sluice/testkit';
import { fleetEnv, makeFolder, releaseAll, removeFolder } from './fleets.ts';
import { passwordOf, queueUsers, SERVICES } from './redis-users.ts';

test('the whole fleet works on a Redis with TLS and a user for each service, and asks for nothing that it may not have', async () => {
  const redis = await startTlsRedis(queueUsers());
  const site = await startHostileSite();
  const providers = await startProviders();
  const dataDir = await makeFolder();
  const env = fleetEnv(dataDir, {
    ...providers.env,
    REDIS_URL: redis.urlOf('user', 'password'),
    NODE_EXTRA_CA_CERTS: redis.certificateFile,
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
    const { jobId } = await client.submitMail(buildMail({ html: `<a href="${site.origin}/chain">Open</a>` }));
    const { state } = await client.wait(jobId, { signal: AbortSignal.timeout(120_000) });
    expect(state).toBe('completed');
    const refused = (await redis.ask(redis.urlOf('operator', passwordOf('operator')), 'acl', 'log')) as string[][];
    expect(refused.map(describeRefusal).filter((line) => SERVICES.includes(line.split(' ')[0] ?? ''))).toEqual([]);
  } finally {
    await fleet.stop();
    await Promise.all([redis.stop(), site.stop(), providers.stop(), removeFolder(dataDir)]);
  }
}, 300_000);

/** The supervisor hands out one address; each service makes its own user of it. */
function withOwnUsers(services: ReturnType<typeof houseServices>): ReturnType<typeof houseServices> {
  return services.map((service) => {
    const login = `//${service.name}:${passwordOf(service.name)}@`;
    const preload = `process.env.REDIS_URL = process.env.REDIS_URL.replace('//user:password@', '${login}')`;
    const address = `data:text/javascript,${encodeURIComponent(preload)}`;
    return { ...service, nodeArgs: ['--import', address, ...service.nodeArgs] };
  });
}

/** An entry of ACL LOG is a list of names and values. */
function describeRefusal(entry: string[]): string {
  const valueOf = (name: string) => entry[entry.indexOf(name) + 1];
  return `${valueOf('username')} ${valueOf('reason')}: ${valueOf('object')} (${valueOf('context')})`;
}
