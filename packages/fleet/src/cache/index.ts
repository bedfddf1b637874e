export type { Answer, AnswerSource, Ask, Scope } from './answer.ts';
export { type Cache, type CacheConfig, createCache, type Namespace } from './cache.ts';
export { cached } from './cached.ts';
export type { NamespaceConfig } from './namespace.ts';
