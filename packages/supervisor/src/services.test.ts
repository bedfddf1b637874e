import { expect, test } from '@jest/globals';
import { parseConfig } from './config.ts';
import { houseServices, servicePrograms } from './services.ts';

test('keys of providers reach only the service that asks them', () => {
  const config = parseConfig({ VIRUSTOTAL_API_KEY: 'secret', VIRUSTOTAL_BASE_URL: 'http://127.0.0.1:1' }, '/house');
  const specs = houseServices(config, '/house');
  const programs = servicePrograms(specs, {
    dataDir: '/data',
    logs: '/logs',
    redisUrl: 'redis://127.0.0.1:1',
    cacheRedisUrl: 'redis://127.0.0.1:2',
    databaseUrl: 'postgres://sluice:secret@127.0.0.1:3/sluice',
    dataKey: 'k'.repeat(43),
    doorPort: 0,
    metricsPorts: specs.flatMap(({ processes }) => Array.from({ length: processes }, () => 1)),
    inherited: config.serviceEnv,
  });
  const holders = programs.filter(({ env }) => env?.VIRUSTOTAL_API_KEY === 'secret').map(({ name }) => name);
  expect(holders).toEqual(['analyzer-worker-1']);
  for (const { env } of programs) expect(env).toMatchObject({ VIRUSTOTAL_BASE_URL: 'http://127.0.0.1:1' });
});
