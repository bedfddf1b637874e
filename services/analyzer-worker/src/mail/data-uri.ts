const MAX_DATA_CHARS = 512 * 1024;
const MARKUP = /^data:\s{0,5}(?:text\/html|application\/xhtml\+xml|image\/svg\+xml|text\/xml|application\/xml)\b/i;

export function isMarkupDataUri(value: string): boolean {
  return MARKUP.test(value.slice(0, 100).trimStart());
}

/** The page inside a `data:` link, cut at 512 Ki characters; null where it is no page or does not decode. */
export function decodeDataUri(value: string): string | null {
  const uri = value.trimStart().slice(0, MAX_DATA_CHARS);
  const comma = uri.indexOf(',');
  if (comma < 0 || !isMarkupDataUri(uri)) return null;
  const payload = percentDecode(uri.slice(comma + 1));
  return /;\s{0,5}base64\s{0,5}$/i.test(uri.slice(0, comma).slice(-30))
    ? Buffer.from(payload, 'base64').toString('utf8')
    : payload;
}

function percentDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  }
}
