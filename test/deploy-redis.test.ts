import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTlsRedis, type TlsRedis } from '@sluice/testkit';
import { CACHED, passwordOf, SERVICES, usersOf } from './redis-users.ts';

let redis: TlsRedis;
let cache: TlsRedis;
beforeAll(async () => {
  redis = await startTlsRedis(usersOf('queue'));
  cache = await startTlsRedis(usersOf('cache'), 'allkeys-lru');
});
afterAll(() => Promise.all([redis.stop(), cache.stop()]));

const urlOf = (user: string, of = redis): string => of.urlOf(user, passwordOf(user));

describe("the queue's Redis with TLS and a user for each service", () => {
  test.each(SERVICES)('lets %s neither destroy it, nor look through it, nor reconfigure it', async (service) => {
    const commands = 'flushall,keys *,config get *,monitor,shutdown,acl list,script flush,function list,client list';
    for (const command of commands.split(',')) {
      const [name = '', ...words] = command.split(' ');
      expect([command, await redis.ask(urlOf(service), name, ...words)]).toEqual([command, 'NOPERM']);
    }
    expect(await redis.ask(urlOf(service), 'ping')).toBe('PONG');
  });

  test('keeps a sandbox from quotas, sessions and the queues of others, and from changing settings', async () => {
    const as = urlOf('sandbox-worker');
    for (const key of ['quota:{virustotal}:state', 'session:x', 'guesses:x', '{sluice:analysis}:wait']) {
      expect([key, await redis.ask(as, 'get', key)]).toEqual([key, 'NOPERM']);
    }
    expect(await redis.ask(as, 'hset', 'settings:tenants', 'default', '{}')).toBe('NOPERM');
    expect(await redis.ask(as, 'hget', 'settings:tenants', 'default')).toBeNull();
    for (const hash of ['settings:quotas', 'settings:judgement', 'settings:switches', 'settings:feedback:published']) {
      expect([hash, await redis.ask(as, 'hgetall', hash)]).toEqual([hash, 'NOPERM']);
    }
    expect(await redis.ask(as, 'get', '{sluice:sandbox}:x')).toBeNull();
  });

  // What a gateway takes from the cache opens its door: whoever may write there an API key, or the outcome of asking for one, is an operator.
  test.each([
    ['sandbox-worker', 'visits'],
    ['analyzer-worker', 'virustotal'],
  ])('keeps %s from answering for others: it says what it knows itself', async (worker, own) => {
    const as = urlOf(worker);
    const set = (namespace: string) => redis.ask(as, 'set', `flight:{${namespace}:1::x}:last`, 'x', 'PX', '1');
    expect([await set(own), await set('api-keys'), await set('policy'), await set('job-status')]).toEqual([
      'OK',
      'NOPERM',
      'NOPERM',
      'NOPERM',
    ]);
  });

  test.each(['sandbox-worker', 'analyzer-worker', 'aggregator-worker'])(
    'shows %s no names of keys that it does not know',
    async (worker) => {
      const asks: [string, ...string[]][] = [['scan', '0'], ['randomkey'], ['client', 'tracking', 'on', 'bcast']];
      for (const ask of asks) expect([ask, await redis.ask(urlOf(worker), ...ask)]).toEqual([ask, 'NOPERM']);
      expect(await redis.ask(urlOf(worker), 'psubscribe', '*')).toBe('NOPERM');
    },
  );

  test('keeps an analyzer from sessions and the queues of others', async () => {
    const as = urlOf('analyzer-worker');
    for (const key of ['session:x', 'guesses:x', '{sluice:sandbox}:wait']) {
      expect([key, await redis.ask(as, 'get', key)]).toEqual([key, 'NOPERM']);
    }
    expect(await redis.ask(as, 'get', 'quota:{x}:y')).toBeNull();
    for (const hash of ['settings:tenants', 'settings:quotas', 'settings:judgement', 'settings:switches']) {
      expect([hash, await redis.ask(as, 'hget', hash, 'x')]).toEqual([hash, null]);
      expect([hash, await redis.ask(as, 'hset', hash, 'x', '{}')]).toEqual([hash, 'NOPERM']);
    }
    expect(await redis.ask(as, 'get', 'settings:feedback:{default}:x')).toBe('NOPERM');
  });

  test('lets nobody in without a password, or with that of another', async () => {
    expect(await redis.ask(redis.urlOf('gateway', 'of-operator'), 'ping')).toBe('WRONGPASS');
    expect(await redis.ask(urlOf('gateway').replace(/\/\/.*@/, '//'), 'get', 'x')).toMatch(/^NO(AUTH|PERM)$/);
    expect(await redis.ask(urlOf('operator'), 'acl', 'whoami')).toBe('operator');
  });
});

describe("the cache's Redis with TLS and a user for each service that has it", () => {
  const as = (user: string) => urlOf(user, cache);

  test.each(CACHED)('lets %s neither destroy it, nor look through it, nor reconfigure it', async (service) => {
    const commands = 'flushall,keys *,config get *,monitor,shutdown,acl list,script flush,function list,client list';
    for (const command of commands.split(',')) {
      const [name = '', ...words] = command.split(' ');
      expect([command, await cache.ask(as(service), name, ...words)]).toEqual([command, 'NOPERM']);
    }
  });

  test('lets nobody but gateways write API keys, recipients and states of jobs, and reads them to nobody else', async () => {
    for (const namespace of ['api-keys', 'policy', 'job-status']) {
      const key = `cache:${namespace}:1::x`;
      expect(await cache.ask(as('gateway'), 'set', key, 'x', 'PX', '1')).toBe('OK');
      for (const worker of ['sandbox-worker', 'analyzer-worker', 'orchestrator']) {
        for (const prefix of ['cache', 'cache-ask', 'cache-put']) {
          const other = key.replace('cache', prefix);
          expect([worker, other, await cache.ask(as(worker), 'set', other, 'x')]).toEqual([worker, other, 'NOPERM']);
        }
        expect([worker, await cache.ask(as(worker), 'get', key)]).toEqual([worker, 'NOPERM']);
      }
    }
  });

  test('gives each worker the namespaces that it keeps, and no other', async () => {
    const ofAnalyzer = ['virustotal', 'abuseipdb', 'urlscan', 'urlscan-found', 'urlscan-visit', 'urlscan-submitted'];
    ofAnalyzer.push('shodan', 'gemini');
    const mayRead = async (worker: string) => {
      const names = [...ofAnalyzer, 'visits'];
      const answers = await Promise.all(names.map((name) => cache.ask(as(worker), 'get', `cache:${name}:1::x`)));
      return names.filter((_, at) => answers[at] === null);
    };
    expect(await mayRead('sandbox-worker')).toEqual(['visits']);
    expect(await mayRead('analyzer-worker')).toEqual(ofAnalyzer);
    expect(await mayRead('orchestrator')).toEqual([]);
    expect(await cache.ask(as('orchestrator'), 'hget', 'cache-clock:visits', 'n')).toBeNull();
  });

  test('does not know those that have no cache', async () => {
    for (const service of SERVICES.filter((each) => !CACHED.includes(each))) {
      expect(await cache.ask(as(service), 'ping')).toBe('WRONGPASS');
    }
  });
});
