import { SluiceError } from '@sluice/contracts';
import { createCache } from '@sluice/fleet/cache';
import { connectRedis } from '@sluice/fleet/redis';
import { z } from 'zod';

/**
 * A worker process with a cache. Each line on its standard input is a round: a resource, and how many callers want it at once. Each of them asks
 * until it has an answer; a line for each then says where it came from and how many errors it met.
 */
const [cacheUrl = '', queueUrl = '', providerUrl = '', leaseMs = ''] = process.argv.slice(2);
const cache = createCache({
  redis: connectRedis(cacheUrl, { name: 'cache' }),
  leases: connectRedis(queueUrl, { name: 'leases' }),
  leaseMs: Number(leaseMs),
});
const lifetimes = { version: 1, hitSeconds: 600, notFoundSeconds: 600, staleSeconds: 0 };
const namespace = cache.namespace({ ...lifetimes, name: 'fleet', schema: z.object({ call: z.number() }) });

async function ask(resource: string): Promise<{ call: number }> {
  const response = await fetch(new URL(`/${process.pid}/${resource}`, providerUrl));
  if (!response.ok) throw new SluiceError('provider-refused', 'The provider failed.', { disposition: 'retry' });
  return (await response.json()) as { call: number };
}

async function want(resource: string): Promise<void> {
  for (let errors = 0; ; errors += 1) {
    try {
      const { value, source } = await namespace.getOrAsk(resource, () => ask(resource));
      process.stdout.write(`${JSON.stringify({ resource, call: value?.call, source, errors })}\n`);
      return;
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
    }
  }
}

process.stdin.setEncoding('utf8').on('data', (text: string) => {
  for (const line of text.split('\n').filter((round) => round !== '')) {
    const [resource = '', callers = '1'] = line.split(' ');
    for (let caller = 0; caller < Number(callers); caller += 1) void want(resource);
  }
});
process.stdout.write('ready\n');
