/** Reads the address that a wrapper carries, as it is written there; null where the link is no wrapper of that kind. */
export type Unwrapper = (wrapper: URL) => string | null;

/** The still encoded value of the first of these query parameters that is there, names in any case; null without one. */
export function rawParameter(wrapper: URL, ...names: string[]): string | null {
  for (const name of names) {
    const found = rawParameters(wrapper).find(([other]) => other.toLowerCase() === name);
    if (found !== undefined) return found[1];
  }
  return null;
}

/** Names and still encoded values; a `+` stays one, because it belongs to the address or to base64 here. */
export function rawParameters(wrapper: URL): [name: string, value: string][] {
  return wrapper.search
    .slice(1)
    .split('&')
    .map((pair) => {
      const equals = pair.indexOf('=');
      const name = pair.slice(0, Math.max(equals, 0)).replace(/^amp;/, '');
      return [name, pair.slice(equals + 1)];
    });
}

/** Percent-decoded as far as that gives text; the rest stays as it was. */
export function percentDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text.replace(/(?:%[0-7][0-9a-f])+/gi, (run) => decodeURIComponent(run));
  }
}

const WEB = /^\s{0,5}https?:\/\//i;

/** The web address that a value is: plain, percent-encoded up to twice, or in base64 (also the URL alphabet). Null for others. */
export function addressIn(value: string): string | null {
  let text = value;
  for (let decoding = 0; decoding < 3; decoding += 1) {
    if (WEB.test(text)) return text.trim();
    if (BASE64_ADDRESS.test(text)) return base64Address(text);
    text = percentDecode(text);
  }
  return null;
}

/** What `http:` and `https` begin with in base64. */
const BASE64_ADDRESS = /^aHR0c(?:Do|HM)/;

function base64Address(text: string): string | null {
  const encoded = /^[A-Za-z0-9+/_-]+/.exec(text)?.[0] ?? '';
  const decoded = Buffer.from(encoded, 'base64').toString('utf8');
  return WEB.test(decoded) && !/[\p{Cc}\ufffd]/u.test(decoded) ? decoded : null;
}
