import type { Unwrapper } from './query.ts';
import { addressIn, rawParameters } from './query.ts';

/** Names that redirectors use; a value under one of them is preferred to a whole address under another name. */
const USUAL =
  /^(?:u|q|r|l|to|go|url|uri|link|href|dest|destination|target|goto|out|next|continue|return|returnurl|return_to|redir|redirect|redirect_?ur[il]|redirect_to|rurl|adurl|ued|uddg|upn|p1?)$/i;

/** Any redirector or click counter that carries a whole web address in its query or its path. */
export const unwrapGeneric: Unwrapper = (wrapper) => fromQuery(wrapper) ?? fromPath(wrapper);

function fromQuery(wrapper: URL): string | null {
  if (wrapper.search === '') return null;
  if (/^\?https?(?::|%3a)/i.test(wrapper.search)) return addressIn(wrapper.search.slice(1));
  const found = rawParameters(wrapper).flatMap(([name, value]) => {
    const address = addressIn(value);
    return address === null ? [] : [{ name, address }];
  });
  return (found.find(({ name }) => USUAL.test(name)) ?? found[0])?.address ?? null;
}

/** A plain address runs to the end of the link; an encoded one is one segment, sometimes after a name (`RU=`). */
function fromPath(wrapper: URL): string | null {
  const path = wrapper.pathname;
  const plain = /\/(https?):\/{1,2}(?=[^/])/i.exec(path);
  if (plain !== null) return `${plain[1]}://${path.slice(plain.index + plain[0].length)}${wrapper.search}`;
  for (const segment of path.split('/')) {
    const address = addressIn(segment.replace(/^[a-z_-]{1,20}=/i, ''));
    if (address !== null) return address;
  }
  return null;
}
