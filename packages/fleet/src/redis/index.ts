export { closeRedis, connectRedis, type ConnectOptions, type Redis } from './connect.ts';
export { type EvictionPolicy, requireEvictionPolicy } from './policy.ts';
export { loadScript, readScript, type Script, type ScriptArgument } from './scripts.ts';
