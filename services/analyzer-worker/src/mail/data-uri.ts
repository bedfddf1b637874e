const MAX_DATA_CHARS = 512 * 1024;
const MAX_FILE_CHARS = 12 * 1024 * 1024;
const MARKUP = /^data:\s{0,5}(?:text\/html|application\/xhtml\+xml|image\/svg\+xml|text\/xml|application\/xml)\b/i;

export function isMarkupDataUri(value: string): boolean {
  return MARKUP.test(value.slice(0, 100).trimStart());
}

/** The page inside a `data:` link, cut at 512 Ki characters; null where it is no page or does not decode. */
export function decodeDataUri(value: string): string | null {
  const uri = value.trimStart().slice(0, MAX_DATA_CHARS);
  if (!isMarkupDataUri(uri)) return null;
  const bytes = payloadOf(uri);
  return bytes === null ? null : Buffer.from(bytes).toString('utf8');
}

/** The file inside a `data:` link, whatever it is; null where there is none, or one beyond the bound. */
export function dataFile(value: string): { name: string; declaredType: string; bytes: Uint8Array } | null {
  const uri = value.trimStart();
  const bytes = uri.length > MAX_FILE_CHARS ? null : payloadOf(uri);
  if (bytes === null || bytes.length === 0) return null;
  const declaredType = /^data:\s{0,5}([a-z0-9.+/-]{0,100})/i.exec(uri)?.[1]?.toLowerCase() ?? '';
  const ending = declaredType.split('/')[1]?.replace(/\+.*$/, '') ?? '';
  return { name: ending === '' ? 'data' : `data.${ending}`, declaredType, bytes };
}

function payloadOf(uri: string): Uint8Array | null {
  const comma = uri.indexOf(',');
  if (comma < 0 || !/^data:/i.test(uri)) return null;
  const payload = percentDecode(uri.slice(comma + 1));
  const isBase64 = /;\s{0,5}base64\s{0,5}$/i.test(uri.slice(0, comma).slice(-30));
  return Buffer.from(payload, isBase64 ? 'base64' : 'utf8');
}

function percentDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  }
}
