import type { Unwrapper } from './query.ts';
import { addressIn, rawParameter } from './query.ts';

/** Barracuda Link Protection: `https://linkprotect.cudasvc.com/url?a=…&c=…` (campus.barracuda.com, "Understanding Link Protection"). */
export const unwrapBarracuda: Unwrapper = (wrapper) =>
  wrapper.hostname === 'linkprotect.cudasvc.com' ? addressIn(rawParameter(wrapper, 'a') ?? '') : null;
