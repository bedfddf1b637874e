const URL_CHARS = 8192;

/**
 * A URL that may be requested, or null: http and https only, user name and password taken away, no longer than 8,192 characters.
 * `base` resolves a relative one.
 */
export function requestableUrl(raw: string, base?: string): URL | null {
  if (raw.length > URL_CHARS) return null;
  const url = URL.parse(raw, base);
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:') || url.hostname === '') return null;
  url.username = '';
  url.password = '';
  return url.href.length > URL_CHARS ? null : url;
}

/** What makes two URLs the same request: everything but the fragment. */
export function requestKey(url: URL): string {
  return url.href.slice(0, url.href.length - url.hash.length).replace(/#$/, '');
}
