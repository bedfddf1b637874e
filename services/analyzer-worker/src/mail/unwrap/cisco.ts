import type { Unwrapper } from './query.ts';
import { addressIn } from './query.ts';

/** Cisco Secure Email: `https://secure-web.cisco.com/<signature>/<percent-encoded address>`. */
export const unwrapCisco: Unwrapper = (wrapper) => {
  if (wrapper.hostname !== 'secure-web.cisco.com') return null;
  const written = /^\/[^/]+\/(.+)$/.exec(wrapper.pathname + wrapper.search)?.[1];
  return addressIn(written ?? '');
};
