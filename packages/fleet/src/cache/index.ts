export type { Answer, Ask, Scope } from './answer.ts';
export { type Cache, type CacheConfig, createCache, type Forgetful, type Namespace } from './cache.ts';
export { cached } from './cached.ts';
export type { NamespaceConfig } from './namespace.ts';
export { openCache } from './open.ts';
export { cacheSettings, type CacheSettings } from './settings.ts';
export type { CacheStats, NamespaceStats } from './stats.ts';
export { type CacheDay, readFleetCounts } from './fleet-counts.ts';
