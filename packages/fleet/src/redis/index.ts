export { isRedisAddress } from './address.ts';
export { closeRedis, connectRedis, isCluster, type ConnectOptions, mastersOf, type Redis } from './connect.ts';
export { isPermanentKey, PERMANENT_KEYS } from './permanent-keys.ts';
export { type EvictionPolicy, requireEvictionPolicy } from './policy.ts';
export { bindScript, loadScript, readScript, type Script, type ScriptArgument } from './scripts.ts';
