import type { Unwrapper } from './query.ts';
import { addressIn, rawParameter } from './query.ts';

const HOST = /(?:^|\.)mimecast(?:protect)?\.com$/;

/** Mimecast mostly keeps the address on its servers (`/s/<code>`); only the forms that carry it can be read. */
export const unwrapMimecast: Unwrapper = (wrapper) =>
  HOST.test(wrapper.hostname) ? addressIn(rawParameter(wrapper, 'url', 'u') ?? '') : null;

/** The site that `/s/<code>?domain=example.com` names without saying the rest; null for other links. */
export function mimecastDomain(url: string): string | null {
  if (!url.includes('mimecast')) return null;
  const wrapper = URL.parse(url);
  return wrapper !== null && HOST.test(wrapper.hostname) ? rawParameter(wrapper, 'domain') : null;
}
