import type { NormalUrl } from '../urls.ts';
import { normaliseUrl } from '../urls.ts';
import { unwrapUrl } from './index.ts';

export type Destination = { url: NormalUrl /** For a place's label. */; label: string };

/** What the link wraps, ready to be an indicator; the label names the host of the wrapper right around it. */
export function destinationsOf(wrapper: NormalUrl): Destination[] {
  let outerHost = wrapper.host;
  return unwrapUrl(wrapper.url).flatMap((step) => {
    const url = normaliseUrl(step.url);
    if (url === null) return [];
    const label = `unwrapped from ${outerHost}`.slice(0, 200);
    outerHost = url.host;
    return [{ url, label }];
  });
}
