export { eventually } from './eventually.ts';
export { freePort } from './ports.ts';
export { startRedis, type TestRedis, type TestRedisOptions } from './redis.ts';
