import { describe, expect, test } from '@jest/globals';
import { ConfigError, parseConfig } from './config.ts';

function faultsOf(env: Record<string, string>): readonly string[] {
  try {
    parseConfig(env, '/root-of-repo');
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

describe('parseConfig', () => {
  test('an empty environment gives the documented defaults', () => {
    expect(parseConfig({}, '/repo')).toEqual({
      port: 8080,
      metricsPort: null,
      dataDir: '/repo/.data',
      queueRedisUrl: null,
      cacheRedisUrl: null,
      databaseUrl: null,
      dataKey: null,
      workers: {
        sandbox: { least: 1, most: expect.any(Number) },
        analyzer: { least: 1, most: expect.any(Number) },
        aggregator: { least: 1, most: 2 },
      },
      scaling: { growAfterMs: 5_000, shrinkAfterMs: 120_000 },
      workerLife: { tasks: 50_000, ageMs: 86_400_000, memoryBytes: 2 ** 30 },
      serviceEnv: {},
    });
  });

  test('every malformed setting is named at once', () => {
    const faults = faultsOf({
      PORT: '80a',
      METRICS_PORT: '-1',
      REDIS_URL: 'http://somewhere',
      CACHE_REDIS_URL: 'somewhere',
      DATABASE_URL: 'mysql://somewhere/x',
      DATA_KEY: 'short',
      SANDBOX_WORKERS: '1.5',
      ANALYZER_WORKERS: '65',
      AGGREGATOR_WORKERS: 'two',
      WORKERS_GROW_AFTER: '-1',
      WORKER_MAX_AGE: 'old',
      JOB_CONCURRENCY: '0',
      JOB_TIMEOUT: 'soon',
      LOG_LEVEL: 'loud',
    });
    const names = faults.map((fault) => fault.split(' ')[0]);
    expect(new Set(names)).toEqual(
      new Set([
        'AGGREGATOR_WORKERS',
        'ANALYZER_WORKERS',
        'CACHE_REDIS_URL',
        'DATABASE_URL',
        'DATA_KEY',
        'JOB_CONCURRENCY',
        'JOB_TIMEOUT',
        'LOG_LEVEL',
        'METRICS_PORT',
        'PORT',
        'REDIS_URL',
        'SANDBOX_WORKERS',
        'WORKERS_GROW_AFTER',
        'WORKER_MAX_AGE',
      ]),
    );
    expect(faults).toContain('PORT must be a whole number from 0 to 65535, not "80a"');
  });

  test('a number of workers is fixed, a range follows the work', () => {
    const env = { SANDBOX_WORKERS: '0', ANALYZER_WORKERS: '2-6', AGGREGATOR_WORKERS: '3' };
    expect(parseConfig(env, '/repo').workers).toEqual({
      sandbox: { least: 0, most: 0 },
      analyzer: { least: 2, most: 6 },
      aggregator: { least: 3, most: 3 },
    });
    for (const wrong of ['6-2', '1-65', '1-', '-2', '1-2-3']) {
      expect(faultsOf({ ANALYZER_WORKERS: wrong })).toHaveLength(1);
    }
  });

  test('0 lets a worker live for ever', () => {
    const env = { WORKER_MAX_TASKS: '0', WORKER_MAX_AGE: '0', WORKER_MAX_MEMORY_MB: '0' };
    expect(parseConfig(env, '/repo').workerLife).toEqual({ tasks: null, ageMs: null, memoryBytes: null });
  });

  test('a fault never shows what may hold a password', () => {
    for (const name of ['REDIS_URL', 'DATABASE_URL', 'DATA_KEY']) {
      const faults = faultsOf({ [name]: 'hunter2' });
      expect(faults).toHaveLength(1);
      expect(faults.join()).not.toContain('hunter2');
    }
  });

  test('an empty value counts as unset', () => {
    expect(parseConfig({ PORT: '', REDIS_URL: '' }, '/repo')).toMatchObject({ port: 8080, queueRedisUrl: null });
  });

  test('a relative data folder is taken from where the user called npm', () => {
    expect(parseConfig({ SLUICE_DATA_DIR: 'd', INIT_CWD: '/home/u' }, '/repo').dataDir).toBe('/home/u/d');
    expect(parseConfig({ SLUICE_DATA_DIR: 'd' }, '/repo').dataDir).toBe('/repo/d');
    expect(parseConfig({ INIT_CWD: '/home/u' }, '/repo').dataDir).toBe('/repo/.data');
  });

  test('host, port and password make a URL', () => {
    const env = { REDIS_HOST: '::1', REDIS_PORT: '7000', REDIS_PASSWORD: 'p@ss/word' };
    expect(parseConfig(env, '/repo').queueRedisUrl).toBe('redis://:p%40ss%2Fword@[::1]:7000');
    expect(parseConfig({ REDIS_HOST: 'redis' }, '/repo').queueRedisUrl).toBe('redis://redis:6379');
  });

  test('settings that contradict each other are refused', () => {
    expect(faultsOf({ REDIS_URL: 'redis://a', REDIS_HOST: 'b' })).toHaveLength(1);
    expect(faultsOf({ REDIS_PASSWORD: 'secret' })).toEqual(['REDIS_HOST must be set where REDIS_PASSWORD is set']);
  });

  test('other settings reach the services untouched', () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318', JOB_TIMEOUT: '60', LOG_LEVEL: 'debug' };
    expect(parseConfig(env, '/repo').serviceEnv).toEqual(env);
  });
});
