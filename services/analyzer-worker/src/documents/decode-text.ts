const LOOK_CHARS = 1024;
const DECLARED = /charset\s{0,5}=\s{0,5}["']?([a-z0-9_-]{2,40})|encoding\s{0,5}=\s{0,5}["']([a-z0-9_-]{2,40})["']/i;

/** A text file as its byte-order mark, its own declaration or its bytes say; Windows-1252 where nothing else fits. Never throws. */
export function decodeText(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  if (bytes.length > 3 && bytes[1] === 0 && bytes[3] === 0) return new TextDecoder('utf-16le').decode(bytes);
  const unicode = tryDecode(bytes, 'utf-8');
  if (unicode !== null) return unicode;
  const head = Buffer.from(bytes.subarray(0, LOOK_CHARS)).toString('latin1');
  const declared = DECLARED.exec(head);
  const named = declared === null ? null : tryDecode(bytes, declared[1] ?? declared[2] ?? '');
  return named ?? new TextDecoder('windows-1252').decode(bytes);
}

function tryDecode(bytes: Uint8Array, charset: string): string | null {
  try {
    return new TextDecoder(charset, { fatal: charset === 'utf-8' }).decode(bytes);
  } catch {
    return null;
  }
}
