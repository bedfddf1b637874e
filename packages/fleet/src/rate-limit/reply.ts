/** What scripts of a quota answer: a code (below 0: what must be done first), ms to wait, what refuses, Redis time, epoch; then what a script adds. */
export type Reply = [code: number, waitMs: number, which: number, redisMs: number, epoch: string, ...string[]];

/** Another plan is in force: its quota comes behind. */
export const CHANGED = -3;
/** The begins of periods do not reach far enough. */
export const STALE = -2;
/** Nobody has begun the counters, or they are others than the caller knows. */
export const UNBORN = -1;
