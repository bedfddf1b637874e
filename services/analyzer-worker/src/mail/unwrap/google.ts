import type { Unwrapper } from './query.ts';
import { addressIn, rawParameter } from './query.ts';

const SEARCH_HOST = /^(?:[a-z-]{1,20}\.)?google\.(?:[a-z]{2,3}|com?\.[a-z]{2})$/;
const AMP_PATH = /^\/amp\/(s\/)?([^/]+\.[^/]+.*)$/;
const AMP_CACHE = /^\/[a-z](?:\/(s))?\/([^/]+\.[^/]+.*)$/;

/** `google.<anything>/url?q=…` or `url=…`. */
export const unwrapGoogle: Unwrapper = (wrapper) =>
  SEARCH_HOST.test(wrapper.hostname) && wrapper.pathname === '/url'
    ? addressIn(rawParameter(wrapper, 'q', 'url') ?? '')
    : null;

/** `google.com/amp/s/<host>/…` and `<host>.cdn.ampproject.org/c/s/<host>/…`; without the `s` it is plain http. */
export const unwrapAmp: Unwrapper = (wrapper) => {
  const isCache = wrapper.hostname.endsWith('.cdn.ampproject.org');
  if (!isCache && !SEARCH_HOST.test(wrapper.hostname)) return null;
  const match = (isCache ? AMP_CACHE : AMP_PATH).exec(wrapper.pathname);
  if (match?.[2] === undefined) return null;
  return addressIn(match[2]) ?? `${match[1] === undefined ? 'http' : 'https'}://${match[2]}${wrapper.search}`;
};

/** `www-example-com.translate.goog`: dots are written as `-`, hyphens as `--` (Google's proxy for translated pages). */
export const unwrapTranslate: Unwrapper = (wrapper) => {
  const label = /^([a-z0-9-]+)\.translate\.goog$/.exec(wrapper.hostname)?.[1];
  if (label === undefined || label.startsWith('xn--')) return null;
  const host = label.replace(/--|-/g, (hyphens) => (hyphens === '--' ? '-' : '.'));
  return `https://${host}${wrapper.pathname}${wrapper.search}`;
};
