import { normaliseUrl } from '../urls.ts';
import { unwrapBarracuda } from './barracuda.ts';
import { unwrapBing } from './bing.ts';
import { unwrapCisco } from './cisco.ts';
import { unwrapFacebook } from './facebook.ts';
import { unwrapGeneric } from './generic.ts';
import { unwrapAmp, unwrapGoogle, unwrapTranslate } from './google.ts';
import { unwrapMimecast } from './mimecast.ts';
import { unwrapProofpoint } from './proofpoint.ts';
import type { Unwrapper } from './query.ts';
import { unwrapSafeLinks } from './safe-links.ts';

export type Unwrapped = {
  /** The destination, normalised. */
  url: string;
  /** The kind of wrapper that led to it. */
  by: string;
};

/** The first that knows the link decides; the generic one comes last. */
const WRAPPERS: readonly { by: string; unwrap: Unwrapper }[] = [
  { by: 'safe-links', unwrap: unwrapSafeLinks },
  { by: 'proofpoint', unwrap: unwrapProofpoint },
  { by: 'barracuda', unwrap: unwrapBarracuda },
  { by: 'mimecast', unwrap: unwrapMimecast },
  { by: 'cisco', unwrap: unwrapCisco },
  { by: 'google', unwrap: unwrapGoogle },
  { by: 'amp', unwrap: unwrapAmp },
  { by: 'translate', unwrap: unwrapTranslate },
  { by: 'facebook', unwrap: unwrapFacebook },
  { by: 'bing', unwrap: unwrapBing },
  { by: 'redirector', unwrap: unwrapGeneric },
];

export const MAX_WRAPPERS = 6;
const MAX_CHARS = 16 * 1024;

/**
 * Where the link leads through gateways, click counters and redirectors that carry the address in the link itself.
 *
 * The chain from the outermost wrapper inwards, at most six destinations, all of them http or https; empty where the link is
 * no wrapper or its address cannot be read. Asks nobody; never throws.
 */
export function unwrapUrl(url: string): Unwrapped[] {
  const chain: Unwrapped[] = [];
  const seen = new Set([url]);
  let current: Unwrapped | null = unwrapOnce(url);
  while (current !== null && !seen.has(current.url) && chain.length < MAX_WRAPPERS) {
    chain.push(current);
    seen.add(current.url);
    current = unwrapOnce(current.url);
  }
  return chain;
}

function unwrapOnce(url: string): Unwrapped | null {
  const wrapper = url.length > MAX_CHARS ? null : URL.parse(url);
  if (wrapper === null || !/^https?:$/.test(wrapper.protocol)) return null;
  for (const { by, unwrap } of WRAPPERS) {
    const target = normaliseTarget(unwrap(wrapper));
    if (target !== null) return { url: target, by };
  }
  return null;
}

/** Hosts without a dot are placeholders (`url=http://x`) far more often than destinations. */
function normaliseTarget(raw: string | null): string | null {
  const target = raw === null ? null : normaliseUrl(raw);
  if (target === null || !/^https?$/.test(target.scheme)) return null;
  return target.hostKind !== 'domain' || target.host.includes('.') ? target.url : null;
}
