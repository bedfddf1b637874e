export { eventually } from './eventually.ts';
export { type HostileSite, startHostileSite } from './hostile-site.ts';
export { buildMail, type TestMail } from './mail.ts';
export { freePort } from './ports.ts';
export { chooseSeed, seededRandom } from './random.ts';
export { startRedis, type TestRedis, type TestRedisOptions } from './redis.ts';
export * from './providers/index.ts';
