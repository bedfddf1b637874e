import { expect, test } from '@jest/globals';
import { parseConfig } from './config.ts';
import { houseServices, mostProcesses, servicePrograms } from './services.ts';

test('a secret reaches only the services that need it', () => {
  const secrets = {
    VIRUSTOTAL_API_KEY: 'k',
    RABBITMQ_URL: 'amqp://a:b@127.0.0.1',
    BLOB_STORE_URL: 's3://a:b@127.0.0.1/mails',
  };
  const config = parseConfig({ ...secrets, VIRUSTOTAL_BASE_URL: 'http://127.0.0.1:1' }, '/house');
  const specs = houseServices(config, '/house');
  const { first: programs } = servicePrograms(specs, {
    dataDir: '/data',
    logs: '/logs',
    redisUrl: 'redis://127.0.0.1:1',
    cacheRedisUrl: 'redis://127.0.0.1:2',
    databaseUrl: 'postgres://sluice:secret@127.0.0.1:3/sluice',
    dataKey: 'k'.repeat(43),
    doorPort: 0,
    metricsPorts: Array.from({ length: mostProcesses(specs) }, () => 1),
    inherited: config.serviceEnv,
  });
  const holdersOf = (setting: string) =>
    programs.filter(({ env }) => env?.[setting] !== undefined).map(({ name }) => name.replace(/-1$/, ''));
  const storing = ['gateway', 'orchestrator', 'sandbox-worker', 'analyzer-worker', 'aggregator-worker'];
  expect(holdersOf('VIRUSTOTAL_API_KEY')).toEqual(['analyzer-worker']);
  expect(holdersOf('RABBITMQ_URL')).toEqual(['gateway']);
  expect(holdersOf('BLOB_STORE_URL')).toEqual(storing);
  expect(holdersOf('DATA_KEY')).toEqual(storing);
  expect(holdersOf('DATABASE_URL')).toEqual(['gateway', 'orchestrator', 'retry-worker']);
  expect(holdersOf('VIRUSTOTAL_BASE_URL')).toHaveLength(programs.length);
});
