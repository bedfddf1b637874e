import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTlsRedis, type TlsRedis } from '@sluice/testkit';
import { passwordOf, queueUsers, SERVICES } from './redis-users.ts';

let redis: TlsRedis;
beforeAll(async () => {
  redis = await startTlsRedis(queueUsers());
});
afterAll(() => redis.stop());

const urlOf = (user: string): string => redis.urlOf(user, passwordOf(user));

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
