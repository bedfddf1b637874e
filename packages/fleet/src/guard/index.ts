export { classifyAddress, isAddress } from './addresses.ts';
export { type AllowList, allowListSetting, parseAllowList } from './allow-list.ts';
export type { Connection } from './connect.ts';
export { codeOf, messageOf } from './error-text.ts';
export { GuardError } from './errors.ts';
export { createGuard, type Guard, type GuardPolicy } from './guard.ts';
export type { Lookup } from './resolve.ts';
export { lookupBySystem } from './system-lookup.ts';
export { targetOf } from './target.ts';
