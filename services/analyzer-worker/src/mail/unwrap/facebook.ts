import type { Unwrapper } from './query.ts';
import { addressIn, rawParameter } from './query.ts';

const LINK_HOST = /^lm?\.(?:facebook|instagram|messenger|workplace|threads)\.(?:com|net)$/;

/** `l.facebook.com/l.php?u=…` and the same of Instagram, Messenger and Workplace. */
export const unwrapFacebook: Unwrapper = (wrapper) => {
  const isLinkPage = /(?:^|\.)facebook\.com$/.test(wrapper.hostname) && wrapper.pathname === '/l.php';
  return isLinkPage || LINK_HOST.test(wrapper.hostname) ? addressIn(rawParameter(wrapper, 'u') ?? '') : null;
};
