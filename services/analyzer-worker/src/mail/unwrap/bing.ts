import type { Unwrapper } from './query.ts';
import { addressIn, rawParameter } from './query.ts';

/** `bing.com/ck/a?…&u=a1<base64 of the address>`. */
export const unwrapBing: Unwrapper = (wrapper) => {
  if (!/(?:^|\.)bing\.com$/.test(wrapper.hostname) || !wrapper.pathname.startsWith('/ck/')) return null;
  return addressIn(rawParameter(wrapper, 'u')?.replace(/^a1/, '') ?? '');
};
